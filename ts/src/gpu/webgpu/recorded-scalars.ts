import { USAGE } from "./usage.ts";

/** The number of steps that share a buffer. */
const PLACES = 16;

interface Page {
  readonly buffer: GPUBuffer;
  used: number;
}

/**
 * The scalars of recorded steps. A write to the queue takes effect before all commands that are submitted later, so each
 * recorded step has its scalars in a place of its own, and its commands begin with a copy from there to the buffer that shaders
 * read. WebGPU does not tell when the commands of an encoder have run, so a place is used only once. The pages of an encoder
 * live as long as the encoder.
 */
export class RecordedScalars {
  readonly #device: GPUDevice;
  readonly #size: number;
  readonly #pages = new WeakMap<GPUCommandEncoder, Page>();

  /** @param size - the size of one step's scalars in bytes */
  constructor(device: GPUDevice, size: number) {
    this.#device = device;
    this.#size = size;
  }

  /** Writes scalars into the next place, and records the copy from there to `target`. */
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
