import { GradloomError } from "../error.ts";
import { type OptionsOf, parse, real } from "../options.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { leafLike, type Operand, operand, store } from "../pytree/operand.ts";
import { axes, unitAxes } from "./unit-axes.ts";

const NORM_OPTIONS = {
  /** Axes of the norm, in place of those derived from the shape. */
  axis: axes,
};

const CLIP_OPTIONS = {
  /** The least divisor; at least 0. */
  divEps: real(1e-6, { min: 0 }),
};

/** Returns the index of each element's unit: elements that differ only along the axes belong to one unit. */
const unitsOf = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.reduce(
    (units, size, axis) =>
      units.flatMap((unit) =>
        Array.from({ length: size }, (_, i) => (axes.includes(axis) ? unit : unit * size + i)),
      ),
    [0],
  );

/**
 * Replaces each element of an array by the norm of its unit.
 *
 * sqrt(sum of x² over the unit): over everything in vectors, over axis 0 of two- and three-dimensional arrays, over all but the last
 * axis of larger ones.
 *
 * @param x - an array with a shape, or a typed array
 * @example
 * const kernel = gl.tensor(new Float32Array([3, 1, 4, 0]), [2, 2]);
 * console.log(gl.transforms.unitwiseNorm(kernel).data); // Float32Array(4) [ 5, 1, 5, 1 ]
 * @see Brock et al. 2021, https://arxiv.org/abs/2102.06171
 */
export const unitwiseNorm = <L extends Leaf>(x: L, options?: OptionsOf<typeof NORM_OPTIONS>): L => {
  const { axis } = parse("unitwiseNorm", NORM_OPTIONS, options);
  const array = operand(x, "unitwiseNorm.x");
  const units = unitsOf(array.shape, unitAxes(array.shape, axis, "unitwiseNorm.axis"));
  const squares = new Map<number, number>();
  array.numbers.forEach((value, i) => {
    const unit = units[i] as number;
    squares.set(unit, (squares.get(unit) ?? 0) + value * value);
  });
  const norms = units.map((unit) => Math.sqrt(squares.get(unit) as number));
  return leafLike(store(norms, array.dtype), array.dtype, array) as L;
};

/**
 * Scales each element down so that its unit's norm is at most a bound: g where n < m, else g * m / max(n, divEps).
 *
 * @param gNorm - for each element n, the norm of its unit, as `unitwiseNorm` gives it
 * @param maxNorm - for each element m, the bound
 * @param grad - the array g
 * @throws GradloomError `SHAPE_MISMATCH` where the three are not of one shape
 * @example
 * const grad = new Float32Array([6, 8]);
 * const bound = new Float32Array([5, 5]);
 * console.log(gl.transforms.unitwiseClip(gl.transforms.unitwiseNorm(grad), bound, grad)); // Float32Array(2) [ 3, 4 ]
 * @see Brock et al. 2021, https://arxiv.org/abs/2102.06171
 */
export const unitwiseClip = <L extends Leaf>(
  gNorm: L,
  maxNorm: L,
  grad: L,
  options?: OptionsOf<typeof CLIP_OPTIONS>,
): L => {
  const { divEps } = parse("unitwiseClip", CLIP_OPTIONS, options);
  const array = operand(grad, "unitwiseClip.grad");
  const norms = sameShape(array, operand(gNorm, "unitwiseClip.gNorm")).numbers;
  const bounds = sameShape(array, operand(maxNorm, "unitwiseClip.maxNorm")).numbers;
  const clipped = Array.from(array.numbers, (g, i) => {
    const [norm, bound] = [norms[i] as number, bounds[i] as number];
    return norm < bound ? g : g * (bound / Math.max(norm, divEps));
  });
  return leafLike(store(clipped, array.dtype), array.dtype, array) as L;
};

const sameShape = (array: Operand, other: Operand): Operand => {
  if (other.shape.join() === array.shape.join()) return other;
  throw new GradloomError("SHAPE_MISMATCH", `expected shape [${array.shape}], got [${other.shape}].`, {
    path: other.path,
    remedy: "Both norms and gradients must have the shape of the leaf.",
  });
};
