import type { ElementArray } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import type { ScheduleValues } from "./schedule-values.ts";
import type { StatePath } from "./state.ts";
import type { ExtraArgs } from "./transformation.ts";

/** The hooks of one transformation in a plan, and where its state, scalars, registers and slots are. */
export interface Binding {
  hooks: StepHooks;
  readonly path: StatePath;
  readonly leaves: readonly number[];
  readonly firstScalar: number;
  /** Registers by the names that the transformation gives them. */
  readonly registers: ReadonlyMap<string, number>;
  /** Buffers of slots by their names. */
  readonly buffers: ReadonlyMap<string, number>;
  /** The number of bindings after this one whose hooks its own replace in every step. */
  inside?: number;
  /** What `prepare` of a step leaves to `commit`, which calls no code of the user. */
  prepared?: unknown;
}

/** The leaves that a transformation works on, and how it sees trees. */
export interface ScopeView {
  readonly leaves: readonly number[];
  /** The keys from the holder of the state down to the state of the transformation. */
  readonly path: StatePath;
  /** The tree with only the leaves of this scope; the others are masked. */
  readonly layout: Layout;
  /** The tree with all of its leaves. */
  readonly whole: Layout;
  /** Returns the leaves under some keys of the tree, which they see as the whole; all leaves where there is no such part. */
  part(keys: readonly string[]): Pick<ScopeView, "layout" | "leaves">;
  /** Returns extra arguments with leaves outside this scope masked, if the scope asks for that. */
  extra(given: ExtraArgs | undefined): ExtraArgs | undefined;
}

/** The numbers of a running plan that hooks read and write, on the host or on a device. */
export interface NumericProgram {
  /** This step's scalars, as kernels read them. */
  readonly scalars: Float64Array;
  /** All bindings in the order of lowering. */
  readonly bindings: readonly Binding[];
  /** Returns the value of a register for a leaf: the result of a reduction, or a value that the host has set. */
  register(register: number, leaf: number): number;
  /** Sets the value of a register for a leaf, for kernels to read. */
  setRegister(register: number, leaf: number, value: number): void;
}

/** The arrays of a running plan in the memory of the host. */
export interface HostArrays {
  /** Returns the live elements of a leaf in a buffer. */
  leaf(buffer: number, index: number): ElementArray;
  /** Copies arrays into a buffer, leaf by leaf. */
  load(buffer: number, leaves: readonly number[], arrays: readonly ElementArray[]): void;
  /** Returns copies of leaves of a buffer, each at the index of its leaf. */
  copies(buffer: number, leaves: readonly number[]): ElementArray[];
}

/** A running plan whose arrays are in the memory of the host. */
export interface ArrayProgram extends NumericProgram {
  readonly arena: HostArrays;
  /** Calls code that may use this library itself, with this program's engine as the current one. */
  onEngine<T>(body: () => T): T;
}

/** One step, as hooks see it. */
export interface StepContext<P extends NumericProgram = NumericProgram> extends Pick<ScheduleValues, "at"> {
  readonly program: P;
  /** The arrays of the parameters, where they were given. */
  readonly params: readonly unknown[] | undefined;
  readonly extra: ExtraArgs | undefined;
}

/** The host's part of a transformation in every step: computing scalars before the kernels, advancing counts after them. */
export interface StepHooks {
  /** The public name of the transformation, for errors. */
  readonly name: string;
  /** Equal for hooks that fit the same plan. */
  readonly key: string;
  /** Writes this step's scalars and changes nothing else. Throws where one is out of range. */
  prepare?(state: unknown, binding: Binding, step: StepContext): void;
  /**
   * Runs between two phases. Returns the new state, or a `Suspended` that comes to it. The rest of the step sees this state;
   * it is stored when the whole step has succeeded. `step.program` is an `ArrayProgram` if the host call asks for arrays.
   */
  run?(state: unknown, binding: Binding, scope: ScopeView, step: StepContext): unknown;
  /** Returns the index of the branch that runs next, or -1 for none. */
  selectBranch?(state: unknown, binding: Binding, scope: ScopeView, step: StepContext): number;
  /** Whether `commit` reads the results of reductions. */
  readonly readsResults?: boolean;
  /** Advances the state when the whole step has succeeded. */
  commit?(state: unknown, binding: Binding, step: StepContext): void;
}
