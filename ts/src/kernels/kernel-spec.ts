import type { Node } from "../plan/node.ts";
import type { SlotOptions, SlotShape } from "../plan/scope.ts";
import type { ExtraArgs } from "../plan/transformation.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Coroutine } from "../run/suspended.ts";
import type { Computation, Findings, NumericComputation } from "./computation.ts";
import type { LeafwiseStep, MapStep, ReduceStep, Schedules } from "./kernel-step.ts";
import { safeIncrement } from "./safe-increment.ts";

/** A field of the state that every step advances, and the function that returns its next value. */
export type Advancing = readonly [name: string, next: (value: never) => unknown];

/** A field of a state. */
export type StateField =
  | {
      readonly kind: "slot";
      readonly dtype: DType | undefined;
      readonly initial: number | "params";
      readonly shape: SlotShape | undefined;
      readonly parts: SlotOptions["parts"];
    }
  | { readonly kind: "host"; readonly initial: unknown; readonly next?: (value: never) => unknown }
  | { readonly kind: "perLeaf"; readonly initial: unknown }
  | { readonly kind: "scratch"; readonly shape: SlotFieldOptions["shape"] }
  | { readonly kind: "derived"; readonly from: (params: unknown) => unknown };

/** The options of a slot. */
export interface SlotFieldOptions {
  /** Storage, by default that of the parameter. */
  readonly dtype?: DType | null | undefined;
  /** The initial value: a number in all elements (0 by default), or the parameters. */
  readonly initial?: number | "params";
  /** Returns the shape of the array for a leaf, by default the leaf's own. */
  readonly shape?: SlotShape;
  /** Returns the shapes of several arrays for a leaf; the state then has a list of them in the leaf's place. */
  readonly parts?: NonNullable<SlotOptions["parts"]>;
}

/** Makes a field that kernels read and write: arrays like the parameters. */
export const slot = ({ dtype, initial = 0, shape, parts }: SlotFieldOptions = {}): StateField => ({
  kind: "slot",
  dtype: dtype ?? undefined,
  initial,
  shape,
  parts,
});

/** Makes a field that counts steps from 0 and stops at the largest 32-bit integer. */
export const count = (): StateField => host(0, safeIncrement);

/**
 * Makes a field on the host, which a `compute` step may change: a number, a boolean, or a plain object of these.
 *
 * @param next - returns its value after a step
 */
export const host = (initial: unknown, next?: (value: never) => unknown): StateField => ({
  kind: "host",
  initial,
  ...(next && { next }),
});

/** Makes a field on the host: a tree like the parameters, with one value for each leaf. */
export const perLeaf = (initial: unknown): StateField => ({ kind: "perLeaf", initial });

/** Makes a field of arrays through which the kernels of one step pass values to each other; they are no part of the state. */
export const scratch = ({ shape }: Pick<SlotFieldOptions, "shape"> = {}): StateField => ({
  kind: "scratch",
  shape,
});

/** Makes a field of any type whose initial value is computed from the parameters, or from their shapes. */
export const derived = (from: (params: unknown) => unknown): StateField => ({ kind: "derived", from });

/** The values for each leaf that host code sets with `assign`, for kernels after it. */
interface Assigning {
  readonly assigns?: readonly string[];
}

/** A step of a transformation. Slots and scalars have the names of the Rust formula, in camelCase. */
export type KernelStep =
  | MapStep
  | ReduceStep
  | LeafwiseStep
  /** An inner transformation; its state is the field named by `as`. */
  | { readonly inner: Node; readonly as: string }
  /** Host code between kernels that sees numbers: returns changes of the state, which later scalars see. */
  | ({
      readonly compute: (state: never, on: NumericComputation) => object;
      readonly arrays?: undefined;
    } & Assigning)
  /** Host code between kernels that sees arrays, perhaps of slots only. It cannot run on a device. */
  | ({
      readonly compute: (state: never, on: Computation) => object;
      readonly arrays: true | "slots";
    } & Assigning)
  /** Host code that sees arrays and yields calls of the caller's own functions; `yield` returns their results. */
  | { readonly ask: (state: never, on: Computation) => Coroutine<object> }
  /** Host code at the end of the steps that also chooses the branch that runs next: its index, or -1 for none. */
  | {
      readonly switch: (state: never, on: NumericComputation) => readonly [branch: number, changes: object];
      readonly arrays?: undefined;
      readonly branches: readonly (readonly KernelStep[])[];
    }
  /** Host code at the end of the steps that sees arrays, and also chooses the branch that runs next. */
  | {
      readonly switch: (state: never, on: Computation) => readonly [branch: number, changes: object];
      readonly arrays: true;
      readonly branches: readonly (readonly KernelStep[])[];
    }
  /** Changes of the state at the end of the step. Kernels need not stop for them; all scalars see the state before them. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined, schedules: Schedules) => object;
      readonly readsResults?: undefined;
    }
  /** Changes of the state at the end of the step that depend on results of reductions: a device reads these back after the step. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined, found: Findings) => object;
      readonly readsResults: true;
    };

/** The kernels, the state and the scalars of a transformation. */
export interface KernelSpec {
  /** The public name of the transformation, for errors. */
  readonly name: string;
  /** The name of the type of the state, by which `tree.get` finds it; `EmptyState` where there is no state. */
  readonly type?: string;
  readonly state?: Readonly<Record<string, StateField>>;
  readonly steps: readonly KernelStep[];
  /** Whether the transformation needs the parameters although none of its kernels reads them. */
  readonly params?: boolean;
}
