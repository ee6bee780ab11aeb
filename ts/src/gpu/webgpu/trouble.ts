import { GradloomError } from "../../error.ts";

/** A device as far as it can fail: everything that is asked of it goes through here. */
export class Trouble {
  readonly #device: GPUDevice;
  #lost: GPUDeviceLostInfo | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    void device.lost.then((info) => {
      this.#lost = info;
    });
  }

  /** Throws DEVICE_LOST where the device is gone, and all that lay on it. */
  refuseLost(cause?: unknown): void {
    if (!this.#lost) return;
    const { reason, message } = this.#lost;
    throw new GradloomError("DEVICE_LOST", `the GPU device is gone (${message || reason || "unknown"}).`, {
      path: "engine",
      remedy: "Make another engine and create the state from the last snapshot.",
      cause,
    });
  }

  /** Calls what makes things on the device, and throws what the device says of it. Only what is made at once is watched. */
  async making<T>(what: string, make: () => T | Promise<T>): Promise<T> {
    this.refuseLost();
    const made = this.#watch(make);
    const [internal, validation, memory] = await Promise.all(made.errors);
    this.refuseLost();
    if (memory) throw outOfMemory(what, memory);
    const wrong = validation ?? internal;
    if (wrong) throw new GradloomError("INTERNAL", `${what}: ${wrong.message}`);
    return this.waiting(made.result);
  }

  #watch<T>(make: () => T | Promise<T>) {
    for (const filter of ["out-of-memory", "validation", "internal"] as const) {
      this.#device.pushErrorScope(filter);
    }
    const result = new Promise<T>((resolve) => resolve(make()));
    result.catch(() => undefined); // What the scopes say of it comes first.
    const pop = () => this.#device.popErrorScope().catch(() => null);
    return { result, errors: [pop(), pop(), pop()] as const };
  }

  /** Waits for the device; where it is lost meanwhile, says so. */
  async waiting<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (cause) {
      if (cause instanceof GradloomError) throw cause;
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.refuseLost(cause);
      throw new GradloomError("INTERNAL", cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
}

const outOfMemory = (what: string, { message }: GPUError): GradloomError =>
  new GradloomError("OUT_OF_MEMORY", `the GPU has no room for ${what}: ${message}`, {
    path: "engine",
    remedy: "Free other memory of the device, store parameters and gradients as halves, or use a CPU engine.",
  });
