import { engineError, toGradloomError } from "../../engine/failure.ts";
import { GradloomError } from "../../error.ts";

/** The error scopes of a device, which report its errors: every call that may fail on the device goes through them. */
export class ErrorScopes {
  readonly #device: GPUDevice;
  #lost: GPUDeviceLostInfo | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    void device.lost.then((info) => {
      this.#lost = info;
    });
  }

  /** Throws DEVICE_LOST where the device is lost, and with it all memory on it. */
  refuseLost(cause?: unknown): void {
    if (!this.#lost) return;
    const { reason, message } = this.#lost;
    throw engineError("DEVICE_LOST", `the GPU device is gone (${message || reason || "unknown"}).`, cause);
  }

  /** Calls `make` in error scopes and throws the first error that they report; they cover what `make` does synchronously. */
  async watch<T>(what: string, make: () => T | Promise<T>): Promise<T> {
    this.refuseLost();
    const scoped = this.#push(make);
    const [internal, validation, memory] = await Promise.all(scoped.errors);
    this.refuseLost();
    if (memory) throw engineError("OUT_OF_MEMORY", `the GPU has no room for ${what}: ${memory.message}`);
    const wrong = validation ?? internal;
    if (wrong) throw engineError("INTERNAL", `${what}: ${wrong.message}`);
    return this.waiting(scoped.result);
  }

  #push<T>(make: () => T | Promise<T>) {
    for (const filter of ["out-of-memory", "validation", "internal"] as const) {
      this.#device.pushErrorScope(filter);
    }
    const result = new Promise<T>((resolve) => resolve(make()));
    result.catch(() => undefined); // The errors of the scopes are thrown in place of this one.
    const pop = () => this.#device.popErrorScope().catch(() => null);
    return { result, errors: [pop(), pop(), pop()] as const };
  }

  /** Awaits a promise of the device. Throws DEVICE_LOST where the device is lost meanwhile. */
  async waiting<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (cause) {
      if (cause instanceof GradloomError) throw cause;
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.refuseLost(cause);
      throw toGradloomError(cause);
    }
  }
}
