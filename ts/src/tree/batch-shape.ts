import { type OptionsOf, parse, sizes } from "../options.ts";
import { mapLeaves } from "../pytree/map.ts";
import { leafLike, operand, store } from "../pytree/operand.ts";
import { sizeOf } from "../pytree/shape.ts";

const OPTIONS = {
  /** The sizes of the new leading axes. */
  shape: sizes,
};

/**
 * Repeats every leaf along new leading axes.
 *
 * @example
 * const { a } = gl.tree.batchShape({ a: new Float32Array([1, 2]) }, { shape: [3] });
 * console.log(a.shape); // [ 3, 2 ]
 */
export const batchShape = <T>(tree: T, options?: OptionsOf<typeof OPTIONS>): T => {
  const { shape } = parse("tree.batchShape", OPTIONS, options);
  const times = sizeOf(shape);
  return mapLeaves([tree], ([leaf], [path]) => {
    const read = operand(leaf as never, path as string);
    const repeated = new Float64Array(times * read.numbers.length);
    for (let i = 0; i < times; i++) repeated.set(read.numbers, i * read.numbers.length);
    const shaped = read.shaped || shape.length > 0;
    return leafLike(store(repeated, read.dtype), read.dtype, { shape: [...shape, ...read.shape], shaped });
  }) as T;
};
