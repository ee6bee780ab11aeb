import type { Target } from "../plan/scope.ts";
import type { StepContext } from "../plan/step-hooks.ts";
import type { ExtraArgs } from "../plan/transformation.ts";
import type { LeafwiseKernels, MapKernels, Operands, Reductions } from "./registry.gen.ts";

/** The numbers in the state before the step, from which scalars are computed. */
export type Numbers = Readonly<Record<string, number>>;

/** The values of schedules at the current step: user code is called through it, once a step. */
export type Schedules = Pick<StepContext, "at">;

export type HostScalar =
  | number
  | ((state: Numbers, extra: ExtraArgs | undefined, schedules: Schedules) => number);

/** A scalar of a kernel: a number, a function of the state, or the result of an earlier reduction or the assigned value of that name. */
export type Scalar = HostScalar | { readonly reduced: string };

/** The axes along which a leafwise kernel works; for kernels of matrices those of the rows and of the columns. */
export interface MatrixAxes {
  readonly axes: readonly number[];
  readonly columns?: readonly number[];
}

/** The scalars of a kernel by their names: all of them. */
type ScalarsOf<Kernel extends Operands<string, string>> = [Kernel["scalars"]] extends [never]
  ? { readonly scalars?: undefined }
  : { readonly scalars: Readonly<Record<Kernel["scalars"], Scalar>> };

/** The slots that a kernel takes, fields of the state with its names; by default all fields that are slots. */
interface SlotsOf<Kernel extends Operands<string, string>> {
  readonly slots?: readonly Kernel["slots"][];
}

/** The fields behind the slots that a reduction reads. */
type FieldsOf<Kernel extends Operands<string, string>> = [Kernel["slots"]] extends [never]
  ? { readonly slots?: undefined }
  : { readonly slots: Readonly<Record<Kernel["slots"], string>> };

/** The leaves that a step is for, chosen by their shapes; by default all of them. */
export interface SomeLeaves {
  readonly only?: (shape: readonly number[]) => boolean;
}

/** The update of leaves of integers, for kernels that need no arithmetic for it; others refuse such leaves. */
interface OfIntegers {
  readonly integers?: "zero" | "same";
}

/** The axes that a leafwise kernel works along. */
export interface AlongAxes {
  /** The axes of a leaf of some shape: increasing, from 0. */
  readonly axes?: (shape: readonly number[]) => readonly number[];
  /** For kernels of matrices, in place of `axes`: the axes of a leaf's rows and columns. */
  readonly matrices?: (leaf: number, target: Target) => MatrixAxes;
}

/** An elementwise kernel. */
export type MapStep<Name extends keyof MapKernels = keyof MapKernels> = {
  [K in Name]: { readonly map: K } & SomeLeaves &
    OfIntegers &
    SlotsOf<MapKernels[K]> &
    ScalarsOf<MapKernels[K]>;
}[Name];

/** A reduction over all leaves or over each, and the name of its result. */
export type ReduceStep<Name extends keyof Reductions = keyof Reductions> = {
  [K in Name]: {
    readonly reduce: K;
    readonly scope: "tree" | "leaf";
    readonly as: string;
  } & FieldsOf<Reductions[K]> &
    ScalarsOf<Reductions[K]>;
}[Name];

/** A leafwise kernel. */
export type LeafwiseStep<Name extends keyof LeafwiseKernels = keyof LeafwiseKernels> = {
  [K in Name]: { readonly leafwise: K } & SomeLeaves &
    AlongAxes &
    SlotsOf<LeafwiseKernels[K]> &
    ScalarsOf<LeafwiseKernels[K]>;
}[Name];
