import type { PlanBuilder } from "../plan/builder.ts";
import type { Node } from "../plan/node.ts";
import type { SlotOptions, SlotShape } from "../plan/scope.ts";
import type { ExtraArgs } from "../plan/transformation.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Coroutine } from "../run/suspended.ts";
import type { Computation, Findings, NumericComputation } from "./computation.ts";
import { safeIncrement } from "./safe-increment.ts";

/** What scalars are computed from: the numbers in the state, before the step. */
export type Numbers = Readonly<Record<string, number>>;

export type HostScalar = number | ((state: Numbers, extra: ExtraArgs | undefined) => number);

/** A field of the state that every step advances, and the function from its value to the next. */
export type Advancing = readonly [name: string, next: (value: never) => unknown];

/** A scalar of a kernel: a number, a function of the state, or the reduction or per-leaf value of that name. */
export type Scalar = HostScalar | { readonly reduced: string };

/** Along which axes a leafwise kernel works; where it sees matrices, along which their rows and their columns lie. */
export interface MatrixAxes {
  readonly axes: readonly number[];
  readonly columns?: readonly number[];
}

/** A field of a state: a buffer like the parameters, a value on the host, or a tree of such values. */
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

/** What can be said of a slot. */
export interface SlotFieldOptions {
  /** Storage, by default that of the parameter. */
  readonly dtype?: DType | null | undefined;
  /** What it holds at first: a number (0 by default), or the parameters. */
  readonly initial?: number | "params";
  /** From a leaf to the shape of what is kept for it, by default the leaf's own. */
  readonly shape?: SlotShape;
  /** From a leaf to the shapes of the arrays that are kept for it, as a list in its place. */
  readonly parts?: NonNullable<SlotOptions["parts"]>;
}

/** A buffer like the parameters, which kernels read and write. */
export const slot = ({ dtype, initial = 0, shape, parts }: SlotFieldOptions = {}): StateField => ({
  kind: "slot",
  dtype: dtype ?? undefined,
  initial,
  shape,
  parts,
});

/** The number of steps so far, from 0; it stays at the largest 32-bit integer when it gets there. */
export const count = (): StateField => host(0, safeIncrement);

/**
 * A number, boolean, or plain object of such, that lives on the host and that a `compute` step may change.
 *
 * @param next - what it is after a step
 */
export const host = (initial: unknown, next?: (value: never) => unknown): StateField => ({
  kind: "host",
  initial,
  ...(next && { next }),
});

/** A tree like the parameters with one such value for each leaf. */
export const perLeaf = (initial: unknown): StateField => ({ kind: "perLeaf", initial });

/** A buffer like the parameters that is no part of the state: what one kernel leaves there another one finds in the same step. */
export const scratch = ({ shape }: Pick<SlotFieldOptions, "shape"> = {}): StateField => ({
  kind: "scratch",
  shape,
});

/** A value of any kind that is made from the parameters, or from their shapes, at first. */
export const derived = (from: (params: unknown) => unknown): StateField => ({ kind: "derived", from });

/** One instruction of a transformation; its names are those of the Rust formula, in camelCase. */
export type KernelStep =
  | {
      readonly map: string;
      /** The leaves it is for, from their shapes; by default all of them. */
      readonly only?: (shape: readonly number[]) => boolean;
      /** The slots it takes; by default all of them. */
      readonly slots?: readonly string[];
      readonly scalars?: Readonly<Record<string, Scalar>>;
    }
  | {
      readonly reduce: string;
      /** The field behind each of the slots it reads. */
      readonly slots?: Readonly<Record<string, string>>;
      readonly scalars?: Readonly<Record<string, Scalar>>;
      readonly scope: "tree" | "leaf";
      readonly as: string;
    }
  | {
      readonly leafwise: string;
      /** The leaves it is for, from their shapes; by default all of them. */
      readonly only?: (shape: readonly number[]) => boolean;
      /** The slots it takes; by default all of them. */
      readonly slots?: readonly string[];
      /** Those that it only reads: a step that fails need not put them back. */
      readonly readOnly?: readonly string[];
      /** Whether it only looks at the updates. */
      readonly keepsUpdates?: boolean;
      readonly scalars?: Readonly<Record<string, Scalar>>;
      /** The axes it works along, from a leaf's shape: increasing, from 0. */
      readonly axes?: (shape: readonly number[]) => readonly number[];
      /** For kernels of matrices, in place of `axes`: the axes of a leaf's rows and columns. */
      readonly matrices?: (leaf: number, builder: PlanBuilder) => MatrixAxes;
    }
  /** A transformation inside this one; its state is the field of that name. */
  | { readonly inner: Node; readonly as: string }
  /** Host code between kernels: from the state and what has been reduced to changes of the state. Later scalars see them. */
  | { readonly compute: (state: never, on: NumericComputation) => object; readonly arrays?: undefined }
  /** The same for code that looks at arrays, or of these at slots alone: it cannot run between kernels on a device. */
  | { readonly compute: (state: never, on: Computation) => object; readonly arrays: true | "slots" }
  /** The same as a generator: it yields calls of the caller's own functions and receives what they return. Sees arrays. */
  | { readonly ask: (state: never, on: Computation) => Coroutine<object> }
  /** Host code, last in its list, that also chooses what runs next: the index of a branch, or -1 for none. */
  | {
      readonly switch: (state: never, on: NumericComputation) => readonly [branch: number, changes: object];
      readonly arrays?: undefined;
      readonly branches: readonly (readonly KernelStep[])[];
    }
  /** The same for code that looks at arrays. */
  | {
      readonly switch: (state: never, on: Computation) => readonly [branch: number, changes: object];
      readonly arrays: true;
      readonly branches: readonly (readonly KernelStep[])[];
    }
  /** Changes of the state that wait for nothing: kernels need not stop for them, and scalars see the state before them. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined) => object;
      readonly readsResults?: undefined;
    }
  /** The same with a view of what reductions have found: where that lies on a device, the step ends with reading it back. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined, found: Findings) => object;
      readonly readsResults: true;
    };

/** A transformation as its kernels, its state and its scalars. */
export interface KernelSpec {
  /** Its public name, for errors. */
  readonly name: string;
  readonly state?: Readonly<Record<string, StateField>>;
  readonly steps: readonly KernelStep[];
  /** Whether a step reads the parameters. */
  readonly params?: boolean;
}
