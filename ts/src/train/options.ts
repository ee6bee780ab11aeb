import type { Engine } from "../engine/engine.ts";
import { GradloomError } from "../error.ts";
import { flag, type OptionsOf, real, unchecked } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

/** What every engine knows: where training goes on from, by default the beginning. */
export const RESUME_OPTIONS = {
  /** The state of the optimizer, of a snapshot; copied. By default that before the first step. */
  optState: unchecked<unknown>(undefined),
  /** The steps taken so far; an integer, at least 0. */
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

/** What an engine in memory knows. */
export const OPTIONS = {
  ...RESUME_OPTIONS,
  /** The engine, by name or itself; by default the current one. */
  engine: unchecked<string | Engine | undefined>(undefined),
  /** Update the caller's own parameter arrays where they lie, in place of copies. */
  adopt: flag(false),
};

/** What `TrainState.create` takes. */
export type TrainStateOptions<P, S> = OptionsOf<typeof OPTIONS> & {
  readonly params: P;
  readonly tx: GradientTransformation<S>;
};

/** What it takes with an engine that keeps its states on a device. */
export type DeviceTrainStateOptions<P, S> = Omit<TrainStateOptions<P, S>, "engine"> & {
  /** Packs parameters or gradients in pairs of halves; they are computed with in single precision. */
  readonly storage?: { readonly params?: Storage; readonly grads?: Storage };
};

/** How a device stores numbers. */
type Storage = "float32" | "float16" | "bfloat16";
