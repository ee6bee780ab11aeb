import type { Memory } from "./memory.ts";
import { USAGE } from "./usage.ts";

/** Copies of buffers on the device, which are restored if a step fails. */
export class UndoCopies {
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #copies = new Map<number, GPUBuffer>();

  constructor(device: GPUDevice, memory: Memory) {
    this.#device = device;
    this.#memory = memory;
  }

  /** Allocates the copies in advance, inside error scopes. */
  prepare(buffers: readonly number[]): void {
    for (const buffer of buffers) this.#copyOf(buffer);
  }

  save(buffers: readonly number[]): void {
    this.#copy(buffers, (buffer) => [this.#memory.buffer(buffer), this.#copyOf(buffer)]);
  }

  restore(buffers: readonly number[]): void {
    this.#copy(buffers, (buffer) => [this.#copyOf(buffer), this.#memory.buffer(buffer)]);
  }

  destroy(): void {
    for (const copy of this.#copies.values()) copy.destroy();
  }

  #copyOf(buffer: number): GPUBuffer {
    const known = this.#copies.get(buffer);
    if (known) return known;
    const { size } = this.#memory.buffer(buffer);
    const usage = USAGE.copySource | USAGE.copyTarget;
    const made = this.#device.createBuffer({ label: `copy of ${buffer}`, size, usage });
    this.#copies.set(buffer, made);
    return made;
  }

  #copy(
    buffers: readonly number[],
    ends: (buffer: number) => readonly [from: GPUBuffer, to: GPUBuffer],
  ): void {
    if (buffers.length === 0) return;
    const encoder = this.#device.createCommandEncoder({ label: "save" });
    for (const buffer of buffers) {
      const [from, to] = ends(buffer);
      encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
    }
    this.#device.queue.submit([encoder.finish()]);
  }
}
