import type { ErrorScopes } from "./error-scopes.ts";
import { MAP_READ, USAGE } from "./usage.ts";

/** The largest staging buffer that is kept for reuse: enough for registers, not for parameters. */
const KEPT = 1 << 20;

/** A part of a buffer; offset and size are multiples of 4. */
export interface BufferPart {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** A reader of bytes from the device, through a staging buffer. */
export class Reader {
  readonly #device: GPUDevice;
  readonly #errorScopes: ErrorScopes;
  #idle: GPUBuffer | undefined;

  constructor(device: GPUDevice, errorScopes: ErrorScopes) {
    this.#device = device;
    this.#errorScopes = errorScopes;
  }

  /** Allocates a staging buffer of `size` bytes, unless it would be too large to keep for reuse. */
  async reserve(size: number): Promise<void> {
    if (size <= KEPT && (this.#idle?.size ?? 0) < size) this.#put(await this.#make(size));
  }

  /** Reads parts and returns their bytes one after the other, with one submission and one wait. */
  async read(parts: readonly BufferPart[]): Promise<Uint8Array> {
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (size === 0) return new Uint8Array(0);
    const staging = this.#take(size) ?? (await this.#make(size));
    try {
      const copied = this.#errorScopes.watch("what is read back", () => this.#copy(parts, staging));
      const mapped = this.#errorScopes.waiting(staging.mapAsync(MAP_READ, 0, size));
      await Promise.all([copied, mapped]);
    } catch (error) {
      staging.destroy();
      throw error;
    }
    const bytes = new Uint8Array(staging.getMappedRange(0, size)).slice();
    staging.unmap();
    this.#put(staging);
    return bytes;
  }

  destroy(): void {
    this.#idle?.destroy();
  }

  #copy(parts: readonly BufferPart[], staging: GPUBuffer): void {
    const encoder = this.#device.createCommandEncoder({ label: "read" });
    let place = 0;
    for (const part of parts.filter((part) => part.size > 0)) {
      encoder.copyBufferToBuffer(part.buffer, part.offset, staging, place, part.size);
      place += part.size;
    }
    this.#device.queue.submit([encoder.finish()]);
  }

  #make(size: number): Promise<GPUBuffer> {
    const usage = USAGE.mapRead | USAGE.copyTarget;
    return this.#errorScopes.watch("what is read back", () =>
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
