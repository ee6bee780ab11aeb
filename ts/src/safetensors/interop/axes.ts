import { GradloomError } from "../../error.ts";
import { copyArray, type ElementArray, type IntegerArray } from "../../pytree/dtype.ts";
import { show } from "../../show.ts";

/** Throws where a function of axes returns something else than each axis once. */
export const checkAxes = (axes: unknown, rank: number, path: string): readonly number[] => {
  const isEach =
    Array.isArray(axes) &&
    axes.length === rank &&
    [...axes].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (isEach) return axes;
  throw new GradloomError(
    "INVALID_HYPERPARAMETER",
    `axes returned ${Array.isArray(axes) ? `[${axes}]` : show(axes)} for an array of ${rank} axes.`,
    { path, remedy: "Return each axis once, as [1, 0], or undefined for the same order." },
  );
};

/** Returns the order of axes that undoes another one. */
export const inverse = (axes: readonly number[]): number[] => {
  const back: number[] = [];
  axes.forEach((axis, i) => {
    back[axis] = i;
  });
  return back;
};

/** Returns the sizes of the axes in another order. */
export const permuteShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  axes.map((axis) => shape[axis] as number);

/** Copies an array with its axes in another order. */
export const permute = <A extends ElementArray | IntegerArray>(
  data: A,
  shape: readonly number[],
  axes: readonly number[],
): A => {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = permuteShape(shape, axes);
  const steps = permuteShape(strides, axes);
  const out = copyArray(data);
  const place = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] as never;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      from += steps[axis] as number;
      if ((place[axis] as number) < (sizes[axis] as number)) break;
      from -= (place[axis] as number) * (steps[axis] as number);
      place[axis] = 0;
    }
  }
  return out;
};
