import type { Trouble } from "./trouble.ts";
import { MAP_READ, USAGE } from "./usage.ts";

/** Buffers for reading back are kept up to this size: that of registers, not that of parameters. */
const KEPT = 1 << 20;

/** Brings bytes from the device. */
export class Reader {
  readonly #device: GPUDevice;
  readonly #trouble: Trouble;
  #idle: GPUBuffer | undefined;

  constructor(device: GPUDevice, trouble: Trouble) {
    this.#device = device;
    this.#trouble = trouble;
  }

  async read(source: GPUBuffer, offset: number, size: number): Promise<Uint8Array> {
    const staging = this.#take(size) ?? (await this.#make(size));
    const encoder = this.#device.createCommandEncoder({ label: "read" });
    encoder.copyBufferToBuffer(source, offset, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await this.#trouble.waiting(staging.mapAsync(MAP_READ, 0, size));
    const bytes = new Uint8Array(staging.getMappedRange(0, size)).slice();
    staging.unmap();
    this.#put(staging);
    return bytes;
  }

  destroy(): void {
    this.#idle?.destroy();
  }

  #make(size: number): Promise<GPUBuffer> {
    const usage = USAGE.mapRead | USAGE.copyTarget;
    return this.#trouble.making("what is read back", () =>
      this.#device.createBuffer({ label: "read", size, usage }),
    );
  }

  #take(size: number): GPUBuffer | undefined {
    const idle = this.#idle;
    if (!idle || idle.size < size) return undefined;
    this.#idle = undefined;
    return idle;
  }

  #put(staging: GPUBuffer): void {
    const [kept, other] =
      staging.size <= KEPT && staging.size >= (this.#idle?.size ?? 0)
        ? [staging, this.#idle]
        : [this.#idle, staging];
    other?.destroy();
    this.#idle = kept;
  }
}
