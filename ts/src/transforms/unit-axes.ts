import { GradloomError } from "../error.ts";
import { type Field, MOST_INTEGER } from "../options.ts";

/** An axis, several axes, or null for those derived from the shape. */
export type Axes = number | readonly number[] | null;

/** The option that names the axes of a unit. */
export const axes: Field<Axes> = {
  default: null,
  check: (value, path) => {
    const list = Array.isArray(value) ? value : [value];
    if (value === null || list.every((axis) => Number.isInteger(axis) && Math.abs(axis) <= MOST_INTEGER))
      return value as Axes;
    throw new GradloomError("INVALID_HYPERPARAMETER", "these are no axes.", {
      path,
      remedy: "Pass an axis, a list of axes, or null.",
    });
  },
};

/** Derives the axes from a shape as Optax does: a shape with at most one size other than 1 counts as a vector. */
const derivedAxes = (shape: readonly number[]): number[] => {
  const all = shape.map((_, axis) => axis);
  if (shape.filter((size) => size !== 1).length <= 1) return all;
  return shape.length <= 3 ? [0] : all.slice(0, -1);
};

const givenAxes = (axis: number | readonly number[], shape: readonly number[], path: string): number[] => {
  const axes = [axis].flat().map((a) => (a < 0 ? a + shape.length : a));
  if (axes.some((a) => a < 0 || a >= shape.length)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", `a leaf of shape [${shape}] has no axis ${axis}.`, {
      path,
      remedy: "Use masked to leave such leaves out.",
    });
  }
  return [...new Set(axes)].sort((a, b) => a - b);
};

/** Returns the axes of a unit's norm: those given, or those derived from the shape. */
export const unitAxes = (shape: readonly number[], axis: Axes, path: string): number[] =>
  axis === null ? derivedAxes(shape) : givenAxes(axis, shape, path);
