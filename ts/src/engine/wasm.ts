import { BoundSession } from "./bound-session.ts";
import type { Engine, Session } from "./engine.ts";
import { calling } from "./failure.ts";
import { headersOf } from "./headers.ts";
import { PAGE, type WasmCore, type WasmGlue, WasmInstance, type WasmModule } from "./wasm-instance.ts";

/** The bytes of a session that has an instance to itself: smaller ones share. */
const LARGE = 256 * 1024;
/** The bytes for sessions in a shared instance. Whoever posts a view of one to another thread has all of it copied. */
const SHARED = 4 * 1024 * 1024;
/** The bytes of free instances that are kept for the next sessions, in all. */
const IDLE = 32 * 1024 * 1024;

class WasmSession extends BoundSession<WasmCore> {
  readonly #release: () => void;

  constructor(core: WasmCore, memory: ArrayBuffer, release: () => void) {
    super(core, () => memory);
    this.#release = release;
  }

  protected override free(): void {
    this.#release();
  }
}

/** The instances of the module in which sessions are opened. */
class WasmInstances {
  readonly #module: WasmModule;
  readonly #initial: number;
  /** The instance that small sessions share, until it is full. Full ones belong to their sessions. */
  #shared: WasmInstance | undefined;
  readonly #idle: WasmInstance[] = [];

  /** @param initial - the pages that an instance needs for itself */
  constructor(module: WasmModule, initial: number) {
    this.#module = module;
    this.#initial = initial;
  }

  /** Opens a plan that takes so many bytes. */
  open(plan: Uint8Array, bytes: number): WasmSession {
    const instance = bytes < LARGE ? this.#sharedFor(bytes) : this.#make(bytes);
    const core = instance.open(plan, bytes);
    return new WasmSession(core, instance.memory.buffer as ArrayBuffer, () => {
      if (instance.close() && instance !== this.#shared) this.#keep(instance);
    });
  }

  #sharedFor(bytes: number): WasmInstance {
    if (!this.#shared?.fits(bytes)) this.#shared = this.#make(SHARED);
    return this.#shared;
  }

  /** Returns a free instance of at least a capacity and at most twice as much. */
  #make(capacity: number): WasmInstance {
    const found = this.#idle.findIndex((free) => free.capacity >= capacity && free.capacity <= 2 * capacity);
    if (found >= 0) return this.#idle.splice(found, 1)[0] as WasmInstance;
    return new WasmInstance(this.#module, this.#initial, capacity);
  }

  #keep(instance: WasmInstance): void {
    if (instance.capacity > IDLE) return;
    this.#idle.push(instance);
    let total = this.#idle.reduce((sum, { capacity }) => sum + capacity, 0);
    while (total > IDLE) total -= (this.#idle.shift() as WasmInstance).capacity;
  }
}

/** The module as the library uses it. */
export interface Wasm {
  readonly engine: Engine;
  /** Lowers a plan for a GPU: takes its bytes and a `GpuRequest` as JSON, returns a `GpuPlan` as JSON. */
  lower(plan: Uint8Array, request: string): string;
}

/** Makes the engine of a compiled module. */
export const wasmOf = (wasm: WasmModule): Wasm => {
  const growing = (): readonly [WasmGlue, WebAssembly.Memory] => {
    const glue = wasm.createGlue();
    return [glue, glue.initSync({ module: wasm.module }).memory];
  };
  // Measures plans and lowers them: its memory grows, and nobody has views of it.
  const [workshop, memory] = growing();
  const instances = new WasmInstances(wasm, memory.buffer.byteLength / PAGE);
  return {
    engine: {
      name: "wasm",
      description: "wasm simd128, 1 thread",
      open: (plan): Session => calling(() => instances.open(plan, roomFor(workshop.measure(plan)))),
      // Memory does not shrink: that for a large header goes with its instance.
      headers: headersOf((bytes) => (bytes < LARGE ? workshop : growing()[0])),
    },
    lower: (plan, request) => workshop.lower(plan, request),
  };
};

/** Returns the bytes to reserve for as many measured ones: the allocator leaves gaps. */
const roomFor = (measured: number): number => Math.ceil(measured * 1.125) + 16 * 1024;
