import { GradloomError } from "../../error.ts";
import { USAGE } from "./usage.ts";

/** How many steps one encoder takes. */
export const RING = 64;

/**
 * Scalars of steps that are recorded and not yet submitted. A write to the queue happens before all commands that are submitted
 * later, so each step has a place of its own, and copies it to where shaders look as part of its commands.
 */
export class ScalarRing {
  readonly #device: GPUDevice;
  readonly #size: number;
  readonly #recorded = new WeakMap<GPUCommandEncoder, number>();
  #buffer: GPUBuffer | undefined;
  #next = 0;

  /** @param size - bytes of one step's scalars */
  constructor(device: GPUDevice, size: number) {
    this.#device = device;
    this.#size = Math.max(16, size);
  }

  /** Writes scalars into the next place and adds to the commands the copy from there. */
  write(encoder: GPUCommandEncoder, scalars: Float32Array<ArrayBuffer>, target: GPUBuffer): void {
    const recorded = this.#recorded.get(encoder) ?? 0;
    if (recorded >= RING) {
      throw new GradloomError("LIMIT_EXCEEDED", `this encoder has ${RING} steps already.`, {
        path: "record",
        remedy: "Submit it and go on with another one.",
      });
    }
    this.#recorded.set(encoder, recorded + 1);
    if (scalars.length === 0) return;
    this.#buffer ??= this.#device.createBuffer({
      label: "scalars of recorded steps",
      size: RING * this.#size,
      usage: USAGE.copySource | USAGE.copyTarget,
    });
    const place = this.#next * this.#size;
    this.#next = (this.#next + 1) % RING;
    this.#device.queue.writeBuffer(this.#buffer, place, scalars);
    encoder.copyBufferToBuffer(this.#buffer, place, target, 0, scalars.byteLength);
  }

  destroy(): void {
    this.#buffer?.destroy();
  }
}
