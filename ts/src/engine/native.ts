import { GradloomError } from "../error.ts";
import { maybe, type OptionsOf, oneOf, parse, real } from "../options.ts";
import { isShared } from "../pytree/overlap.ts";
import { builtin } from "./binary.ts";
import { BorrowedMemory } from "./borrowed-memory.ts";
import { type BoundCore, BoundSession } from "./bound-session.ts";
import type { Engine, LeafArray, Session } from "./engine.ts";
import { calling, engineError } from "./failure.ts";
import { type HeaderBinding, headersOf } from "./headers.ts";

/** The session class of the addon, `bindings/node`. */
interface NativeCore extends BoundCore {
  adopt(buffer: number, leaf: number, array: LeafArray): void;
  /** Frees the memory; `buffers` are the array buffers that `allocate` returned. */
  close(buffers: readonly ArrayBuffer[]): void;
}

/** The exports of `bindings/node`. */
export interface Addon extends HeaderBinding {
  available(): { isas: string[]; cores: number };
  readonly Session: new (
    plan: Uint8Array,
    isa: string | undefined,
    threads: number,
    allocate: (bytes: number) => ArrayBuffer,
  ) => NativeCore;
}

/** Returns zeroed memory, none where there is too little, or more than one typed array can show. */
const allocate = (bytes: number): ArrayBuffer => {
  try {
    return new Uint8Array(bytes).buffer;
  } catch {
    return new ArrayBuffer(0);
  }
};

class NativeSession extends BoundSession<NativeCore> {
  /** The memory of the session. JavaScript owns it: what a user transfers elsewhere stays valid there. */
  readonly #memory: readonly ArrayBuffer[];
  readonly #borrowed = new BorrowedMemory();

  private constructor(core: NativeCore, memory: readonly ArrayBuffer[]) {
    const rest = memory.values();
    super(core, () => rest.next().value as ArrayBuffer);
    this.#memory = memory;
  }

  static open({ Session }: Addon, plan: Uint8Array, isa: string | undefined, threads: number): NativeSession {
    const memory: ArrayBuffer[] = [];
    const core = calling(
      () =>
        new Session(plan, isa, threads, (bytes) => {
          const buffer = allocate(bytes);
          memory.push(buffer);
          return buffer;
        }),
    );
    return new NativeSession(core, memory);
  }

  adopt(buffer: number, arrays: readonly LeafArray[]): void {
    this.open();
    if (arrays.some(isShared)) throw engineError("OVERLAPPING_MEMORY", "shared memory cannot be adopted.");
    this.#borrowed.borrow(buffer, arrays, () =>
      this.use((core) => {
        for (const [leaf, array] of arrays.entries()) core.adopt(buffer, leaf, array);
      }),
    );
  }

  override run(phase: number): void {
    this.open();
    for (let i = 0; i < this.#memory.length; i++) {
      if (this.#memory[i]?.byteLength === 0) {
        throw engineError("DETACHED_MEMORY", "an array that the optimizer works on was transferred.");
      }
    }
    this.#borrowed.check();
    super.run(phase);
  }

  protected override free(core: NativeCore): void {
    core.close(this.#memory);
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
  const bytes = builtin("node:buffer").Buffer.from(JSON.stringify(plan));
  const session = NativeSession.open(addon, bytes, undefined, 1);
  const [grads, params] = [0, 1].map((index) => {
    const { buffer, byteOffset } = session.buffer(index)!;
    return new Float32Array(buffer, byteOffset, 1);
  });
  grads![0] = 1;
  params![0] = 2;
  session.run(0);
  const sum = params![0];
  session.close();
  if (sum !== 3) {
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
    open: (plan): Session => NativeSession.open(addon, plan, isa ?? undefined, count),
    headers: headersOf(() => addon),
  };
};
