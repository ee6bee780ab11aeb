import { flag, type OptionsOf, parse, real } from "../options.ts";
import { mapLeaves } from "../pytree/map.ts";
import { operands } from "./elementwise.ts";

const OPTIONS = {
  /** Tolerance relative to the magnitude of b; at least 0. */
  rtol: real(1e-5, { min: 0 }),
  /** Absolute tolerance; at least 0. */
  atol: real(1e-8, { min: 0 }),
  /** Whether NaN is close to NaN. */
  equalNan: flag(false),
};

/**
 * Tells whether two trees are equal within a tolerance: |a - b| <= atol + rtol * |b| for all elements.
 *
 * @example
 * console.log(gl.tree.allclose({ a: new Float32Array([1]) }, { a: new Float32Array([1.000001]) })); // true
 */
export const allclose = (a: unknown, b: unknown, options?: OptionsOf<typeof OPTIONS>): boolean => {
  const { rtol, atol, equalNan } = parse("tree.allclose", OPTIONS, options);
  const close = (x: number, y: number): boolean =>
    x === y ||
    (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y)) ||
    (equalNan && Number.isNaN(x) && Number.isNaN(y));
  let all = true;
  mapLeaves(
    [a, b],
    (leaves, paths) => {
      const [x, y] = operands(leaves, paths).map(({ numbers }) => numbers) as [Float64Array, Float64Array];
      all &&= x.every((value, i) => close(value, y[i] as number));
    },
    { names: ["a", "b"] },
  );
  return all;
};
