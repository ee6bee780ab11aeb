import { type BoundCore, BoundSession } from "./bound-session.ts";
import type { Engine, Session } from "./engine.ts";
import { calling } from "./failure.ts";

/** The session class of the module, `bindings/wasm`. */
interface WasmCore extends BoundCore {
  /** Returns pairs of address and length in bytes: for the scalars, the registers, then each buffer. */
  memory(): Uint32Array;
  free(): void;
}

/** A `WebAssembly.Memory`, whose buffer is replaced when it grows. */
interface GrowingMemory {
  readonly buffer: ArrayBuffer;
}

/** The exports of `bindings/wasm` once it is instantiated. */
export interface WasmModule {
  readonly memory: GrowingMemory;
  readonly Session: new (plan: Uint8Array) => WasmCore;
  /** Lowers a plan for a GPU: takes its bytes and a `GpuRequest` as JSON, returns a `GpuPlan` as JSON. */
  lower(plan: Uint8Array, request: string): string;
}

class WasmSession extends BoundSession<WasmCore> {
  readonly #memory: GrowingMemory;
  readonly #places: Uint32Array;
  readonly #views = new Map<number, Uint8Array | Float64Array>();

  constructor(core: WasmCore, memory: GrowingMemory) {
    super(core);
    this.#memory = memory;
    this.#places = core.memory();
  }

  buffer(index: number): Uint8Array | null {
    return this.#view(2 + index, Uint8Array);
  }

  scalars(): Float64Array {
    return this.#view(0, Float64Array)!;
  }

  registers(): Float64Array {
    return this.#view(1, Float64Array)!;
  }

  override close(): void {
    this.release((core) => core.free());
  }

  /** Returns a view of the scalars, the registers or a buffer. It is made anew when the memory has grown. */
  #view<V extends Uint8Array | Float64Array>(
    place: number,
    View: {
      new (buffer: ArrayBuffer, offset: number, length: number): V;
      readonly BYTES_PER_ELEMENT: number;
    },
  ): V | null {
    this.open();
    const [address = 0, bytes = 0] = this.#places.subarray(2 * place, 2 * place + 2);
    if (address === 0) return null;
    const known = this.#views.get(place);
    if (known?.buffer === this.#memory.buffer) return known as V;
    const view = new View(this.#memory.buffer, address, bytes / View.BYTES_PER_ELEMENT);
    this.#views.set(place, view);
    return view;
  }
}

/** Makes the engine of an instantiated module. */
export const wasmEngineOf = ({ Session, memory }: Pick<WasmModule, "Session" | "memory">): Engine => ({
  name: "wasm",
  description: "wasm simd128, 1 thread",
  open: (plan): Session => calling(() => new WasmSession(new Session(plan), memory)),
});
