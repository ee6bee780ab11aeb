import { GradloomError } from "../error.ts";
import { maybe, type OptionsOf, oneOf, parse, real } from "../options.ts";
import { BorrowedMemory } from "./borrowed-memory.ts";
import { type BoundCore, BoundSession } from "./bound-session.ts";
import type { Engine, LeafArray, Session } from "./engine.ts";
import { calling } from "./failure.ts";

/** The session class of the addon, `bindings/node`. */
interface NativeCore extends BoundCore {
  buffer(index: number): ArrayBuffer | null;
  scalars(): ArrayBuffer;
  registers(): ArrayBuffer;
  adopt(buffer: number, leaf: number, array: LeafArray): void;
}

/** The exports of `bindings/node`. */
export interface Addon {
  available(): { isas: string[]; cores: number };
  readonly Session: new (plan: Uint8Array, isa: string | undefined, threads: number) => NativeCore;
}

class NativeSession extends BoundSession<NativeCore> {
  readonly #buffers = new Map<number, Uint8Array | null>();
  readonly #scalars: Float64Array;
  readonly #registers: Float64Array;
  readonly #borrowed = new BorrowedMemory();

  constructor(core: NativeCore) {
    super(core);
    this.#scalars = new Float64Array(core.scalars());
    this.#registers = new Float64Array(core.registers());
  }

  buffer(index: number): Uint8Array | null {
    this.open();
    const known = this.#buffers.get(index);
    if (known !== undefined) return known;
    const memory = this.use((core) => core.buffer(index));
    const view = memory && new Uint8Array(memory);
    this.#buffers.set(index, view);
    return view;
  }

  scalars(): Float64Array {
    this.open();
    return this.#scalars;
  }

  registers(): Float64Array {
    this.open();
    return this.#registers;
  }

  adopt(buffer: number, arrays: readonly LeafArray[]): void {
    this.open();
    this.#borrowed.borrow(buffer, arrays, () =>
      this.use((core) => {
        for (const [leaf, array] of arrays.entries()) core.adopt(buffer, leaf, array);
      }),
    );
  }

  override run(phase: number): void {
    this.open();
    this.#borrowed.check();
    super.run(phase);
  }
}

/** Throws where the addon and JavaScript do not see the same memory: runs params += grads on one number. */
const probe = (addon: Addon): void => {
  const plan = {
    leaves: [{ dtype: "f32", shape: [1] }],
    sets: [],
    slots: [],
    scalars: 0,
    registers: 0,
    phases: [{ input: "grads", output: "apply", steps: [] }],
  };
  const session = new NativeSession(
    new addon.Session(new TextEncoder().encode(JSON.stringify(plan)), undefined, 1),
  );
  const [grads, params] = [0, 1].map((index) => new Float32Array(session.buffer(index)!.buffer, 0, 1));
  grads![0] = 1;
  params![0] = 2;
  session.run(0);
  if (params![0] !== 3) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "this runtime copies memory that native code shares.", {
      path: "engine",
      remedy: 'Use gl.setEngine("wasm").',
    });
  }
};

const fields = (isas: readonly string[]) => ({
  /** The number of threads, including the calling one; 0 means one for each core. */
  threads: real(0, { min: 0, max: 1024, integer: true }),
  /** The instruction set; by default the widest. */
  isa: maybe(oneOf(isas, isas.at(-1)!)),
});

/** Options of the native engine. */
export type NativeOptions = OptionsOf<ReturnType<typeof fields>>;

/** Makes the engine of an addon. */
export const nativeEngineOf = (addon: Addon, options?: NativeOptions): Engine => {
  const { isas, cores } = addon.available();
  const { isa, threads } = parse("nativeEngine", fields(isas), options);
  calling(() => probe(addon));
  const count = threads || cores;
  return {
    name: "native",
    description: `native ${isa ?? isas.at(-1)}, ${count} thread${count === 1 ? "" : "s"}`,
    open: (plan): Session =>
      new NativeSession(calling(() => new addon.Session(plan, isa ?? undefined, count))),
  };
};
