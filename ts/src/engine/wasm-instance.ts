import type { BoundCore } from "./bound-session.ts";
import { engineError } from "./failure.ts";
import type { HeaderBinding } from "./headers.ts";

/** The session class of the module, `bindings/wasm`. */
export interface WasmCore extends BoundCore {
  free(): void;
}

/** The functions of one instance of the module, as wasm-bindgen's glue exports them. */
export interface WasmGlue extends HeaderBinding {
  /** Makes the instance; without a memory it gets one that grows. */
  initSync(options: { module: WebAssembly.Module; memory?: WebAssembly.Memory }): {
    readonly memory: WebAssembly.Memory;
  };
  readonly Session: new (plan: Uint8Array) => WasmCore;
  /** Returns the bytes that opening a plan takes, at most. */
  measure(plan: Uint8Array): number;
  /** Makes the heap grow to so many free bytes; returns whether it could. */
  reserve(bytes: number): boolean;
  /** Lowers a plan for a GPU: takes its bytes and a `GpuRequest` as JSON, returns a `GpuPlan` as JSON. */
  lower(plan: Uint8Array, request: string): string;
}

/** The compiled module, and the function that makes the glue of an instance. */
export interface WasmModule {
  readonly module: WebAssembly.Module;
  readonly createGlue: () => WasmGlue;
}

/** The bytes of a page, the unit of WebAssembly memory. */
export const PAGE = 65536;
/** Pages that the allocator needs for itself. */
const SPARE = 2;

const memoryOf = (initial: number, maximum: number): WebAssembly.Memory => {
  try {
    return new WebAssembly.Memory({ initial, maximum });
  } catch (cause) {
    const mebibytes = Math.ceil((maximum * PAGE) / 2 ** 20);
    throw engineError("OUT_OF_MEMORY", `WebAssembly gives no memory of ${mebibytes} MiB here.`, cause);
  }
};

/** Makes a memory as large as it can get, so that it never grows again. */
const takeAll = (memory: WebAssembly.Memory, maximum: number): void => {
  try {
    memory.grow(maximum - memory.buffer.byteLength / PAGE);
  } catch (cause) {
    throw engineError("OUT_OF_MEMORY", "WebAssembly memory cannot grow any more.", cause);
  }
};

/** An instance of the module whose memory never grows, so that views of it stay valid. Sessions share it until it is full. */
export class WasmInstance {
  readonly memory: WebAssembly.Memory;
  /** The bytes for sessions. */
  readonly capacity: number;
  readonly #glue: WasmGlue;
  /** All sessions since the memory was last free, those that are closed or garbage included: somebody may have views of them. */
  readonly #cores: WasmCore[] = [];
  #used = 0;
  /** Whether a call failed in its middle: nothing more is opened here. */
  #broken = false;
  #open = 0;

  /** @param initial - the pages that the module needs for itself */
  constructor({ module, createGlue }: WasmModule, initial: number, capacity: number) {
    const maximum = initial + Math.ceil(capacity / PAGE) + SPARE;
    this.capacity = capacity;
    this.memory = memoryOf(initial, maximum);
    this.#glue = createGlue();
    this.#glue.initSync({ module, memory: this.memory });
    if (!this.#glue.reserve(capacity)) {
      throw engineError("OUT_OF_MEMORY", "WebAssembly memory cannot grow any more.");
    }
    takeAll(this.memory, maximum);
  }

  /** Returns whether a plan that takes so many bytes can be opened. */
  fits(bytes: number): boolean {
    return !this.#broken && this.#used + bytes <= this.capacity;
  }

  /** Opens a plan that takes so many bytes. */
  open(plan: Uint8Array, bytes: number): WasmCore {
    this.#used += bytes;
    this.#broken = true; // If the call fails in its middle.
    const core = new this.#glue.Session(plan);
    this.#broken = false;
    this.#cores.push(core);
    this.#open += 1;
    return core;
  }

  /** Closes a session. With the last one all memory is freed and its views are detached; returns whether the instance is free then. */
  close(): boolean {
    this.#open -= 1;
    if (this.#open > 0) return false;
    this.memory.grow(0);
    this.#used = 0;
    try {
      for (const core of this.#cores.splice(0)) core.free();
    } catch {
      this.#broken = true; // A session broke in the middle of a call.
    }
    return !this.#broken;
  }
}
