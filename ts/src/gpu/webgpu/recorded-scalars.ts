import { USAGE } from "./usage.ts";

/** Steps that share a buffer. */
const PLACES = 16;

interface Page {
  readonly buffer: GPUBuffer;
  used: number;
}

/**
 * Scalars of steps that are recorded and not yet submitted. A write to the queue happens before all commands that are submitted
 * later, so each step has a place of its own, and copies it to where shaders look as part of its commands. Nobody says when an
 * encoder's commands have run, so a place is used once; an encoder's pages go with it.
 */
export class RecordedScalars {
  readonly #device: GPUDevice;
  readonly #size: number;
  readonly #pages = new WeakMap<GPUCommandEncoder, Page>();

  /** @param size - bytes of one step's scalars */
  constructor(device: GPUDevice, size: number) {
    this.#device = device;
    this.#size = size;
  }

  /** Writes scalars into the next place and adds to the commands the copy from there. */
  write(encoder: GPUCommandEncoder, scalars: Float32Array<ArrayBuffer>, target: GPUBuffer): void {
    if (scalars.length === 0) return;
    const page = this.#pageFor(encoder);
    const place = page.used * this.#size;
    page.used += 1;
    this.#device.queue.writeBuffer(page.buffer, place, scalars);
    encoder.copyBufferToBuffer(page.buffer, place, target, 0, scalars.byteLength);
  }

  #pageFor(encoder: GPUCommandEncoder): Page {
    const current = this.#pages.get(encoder);
    if (current && current.used < PLACES) return current;
    const buffer = this.#device.createBuffer({
      label: "scalars of recorded steps",
      size: PLACES * this.#size,
      usage: USAGE.copySource | USAGE.copyTarget,
    });
    const page = { buffer, used: 0 };
    this.#pages.set(encoder, page);
    return page;
  }
}
