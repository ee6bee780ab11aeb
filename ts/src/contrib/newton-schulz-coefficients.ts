import { GradloomError } from "../error.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import type { Field } from "../options.ts";
import { type Tensor, tensor } from "../pytree/leaf.ts";

/** The coefficients of x, x³ and x⁵. */
export type Triple = readonly [a: number, b: number, c: number];

/** The coefficients of all Newton-Schulz steps, or those of each step. */
export type NsCoeffs = Triple | readonly Triple[];

const STANDARD: Triple = [3.4445, -4.775, 2.0315];

const PRESETS: Readonly<Record<string, NsCoeffs>> = {
  standard: STANDARD,
  dion: [
    [4.0848, -6.8946, 2.927],
    [3.9505, -6.3029, 2.6377],
    [3.7418, -5.5913, 2.3037],
    [2.8769, -3.1427, 1.2046],
    [2.8366, -3.0525, 1.2012],
  ],
};

const isTriple = (value: unknown): value is Triple =>
  Array.isArray(value) && value.length === 3 && value.every((x) => Number.isFinite(x));

const check = (value: unknown, path: string): NsCoeffs => {
  if (isTriple(value) || (Array.isArray(value) && value.length > 0 && value.every(isTriple))) {
    return value as NsCoeffs;
  }
  throw new GradloomError("INVALID_HYPERPARAMETER", "these are no coefficients of an iteration.", {
    path,
    remedy: "Pass three finite numbers, or a list of such triples.",
  });
};

/** The option for coefficients given as numbers. */
export const nsCoeffs: Field<NsCoeffs> = { default: STANDARD, check };

/** The option for coefficients given as numbers, or by the name of a preset. */
export const nsCoeffsOrPreset: Field<NsCoeffs | "standard" | "dion"> = {
  default: STANDARD,
  check: (value, path) => {
    const preset = typeof value === "string" && Object.hasOwn(PRESETS, value) ? PRESETS[value] : undefined;
    return preset ?? check(value, path);
  },
};

/** Returns the coefficients in the form of the state: a vector, or a matrix with a row for each step. */
export const toArray = (coefficients: NsCoeffs): Float32Array | Tensor<Float32Array> => {
  const data = new Float32Array(coefficients.flat());
  return isTriple(coefficients) ? data : tensor(data, [coefficients.length, 3]);
};

/** Returns the number of steps that coefficients are for. */
export const stepCount = (coefficients: NsCoeffs, nsSteps: number, path: string): number => {
  if (isTriple(coefficients)) return nsSteps;
  if (coefficients.length <= nsSteps) return coefficients.length;
  throw new GradloomError("INVALID_HYPERPARAMETER", `${coefficients.length} triples for ${nsSteps} steps.`, {
    path,
    remedy: "Raise nsSteps, or leave triples out.",
  });
};

/** Returns a function that reads one coefficient of a step from the state. */
export const coefficientAt =
  (step: number, place: number) =>
  (state: Numbers): number => {
    const kept: unknown = state.nsCoeffs;
    const { data, start } = ArrayBuffer.isView(kept)
      ? { data: kept as Float32Array, start: 0 }
      : { data: (kept as Tensor<Float32Array>).data, start: 3 * step };
    return data[start + place] ?? Number.NaN;
  };
