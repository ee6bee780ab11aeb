import type { Engine } from "../engine/engine.ts";
import { GradloomError } from "../error.ts";
import { flag, type OptionsOf, real, unchecked } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import type { HostLeaf, Tree } from "../pytree/tree-type.ts";
import type { GpuSlice } from "./device-train-state.ts";

/** The options of every engine: the state from which training resumes, by default that before the first step. */
export const RESUME_OPTIONS = {
  /** The optimizer's state of a snapshot, copied; by default that before the first step. */
  optState: unchecked<unknown>(undefined),
  /** The number of steps taken so far; an integer, at least 0. */
  step: real(0, { min: 0, integer: true }),
};

/** Throws where there are no parameters. */
export const refuseMissing = (params: unknown): void => {
  if (params !== undefined) return;
  throw new GradloomError("INVALID_TREE", "there are no parameters.", {
    path: "params",
    remedy: "Write TrainState.create({ params, tx }).",
  });
};

/** Makes the error for a training state that is made with `new`. */
export const madeWithNew = (name = "TrainState"): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", `a ${name} is not made with new.`, {
    path: name,
    remedy: `Write ${name}.create({ params, tx }).`,
  });

/** The options of engines that work in the memory of the host. */
export const OPTIONS = {
  ...RESUME_OPTIONS,
  /** The engine, by name or itself; by default the current one. */
  engine: unchecked<string | Engine | undefined>(undefined),
  /** Update the caller's own parameter arrays in place rather than copies. */
  adopt: flag(false),
};

/** The options of `TrainState.create`. */
export type TrainStateOptions<P, S> = OptionsOf<typeof OPTIONS> & {
  /** The parameters: a tree, which is copied unless `adopt` is set. */
  readonly params: P & Tree<P>;
  /** The optimizer. */
  readonly tx: GradientTransformation<S>;
};

/** The options of `TrainState.create` with an engine of a device. */
export type DeviceTrainStateOptions<P, S> = OptionsOf<Omit<typeof OPTIONS, "engine">> & {
  /** The parameters: a tree of arrays or of GPU slices, which is copied unless `adopt` is set. */
  readonly params: P & Tree<P, HostLeaf | GpuSlice>;
  /** The optimizer. */
  readonly tx: GradientTransformation<S>;
  /** The storage types of parameters and gradients, by default float32; computations are in single precision. */
  readonly storage?: { readonly params?: DeviceStorage; readonly grads?: DeviceStorage };
};

/** The storage types of a device. */
export type DeviceStorage = "float32" | "float16" | "bfloat16";
