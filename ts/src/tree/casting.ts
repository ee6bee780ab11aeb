import { GradloomError } from "../error.ts";
import { dtype as dtypeField, maybe, type OptionsOf, oneOf, parse } from "../options.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";
import { leafLike, operand, promote, store } from "../pytree/operand.ts";
import { copy } from "./copy.ts";

const castLeaf = (leaf: Leaf, path: string, to: DType): Leaf => {
  const read = operand(leaf, path);
  return leafLike(store(read.numbers, to), to, read);
};

/**
 * Stores a tree in another type, rounding to nearest, ties to even. With null its copy has the types that it has.
 *
 * Half-precision leaves are `{ data, shape, dtype }` with 16-bit words in a `Uint16Array`.
 *
 * @example
 * const half = gl.tree.cast({ a: new Float32Array([1.5]) }, "bfloat16");
 * console.log(half.a.data); // Uint16Array(1) [ 16320 ]
 */
// biome-ignore lint/suspicious/noExplicitAny: leaves may change their kind
export const cast = (tree: unknown, dtype: DType | null): any => {
  const to = maybe(dtypeField).check(dtype, "tree.cast.dtype");
  if (to === null) return copy(tree);
  return mapLeaves([tree], ([leaf], [path]) => castLeaf(leaf as Leaf, path as string, to));
};

/**
 * Stores a tree in the types of another tree of the same structure.
 *
 * @example
 * const wide = gl.tree.castLike({ a: new Float32Array([1.5]) }, { a: new Float64Array(1) });
 * console.log(wide.a); // Float64Array(1) [ 1.5 ]
 */
export const castLike = <T>(tree: unknown, otherTree: T): T =>
  mapLeaves(
    [tree, otherTree],
    ([leaf, other], [path, otherPath]) =>
      castLeaf(leaf as Leaf, path as string, operand(other as Leaf, otherPath as string).dtype),
    { names: ["tree", "otherTree"] },
  ) as T;

const OPTIONS = {
  /** The result where types differ: an error (null), the type that holds all, the highest or the lowest. */
  mixedDtypeHandler: maybe(oneOf(["promote", "highest", "lowest"], "promote")),
};

const lower = (a: DType, b: DType): DType => {
  const joined = promote(a, b);
  if (joined === a) return b;
  if (joined === b) return a;
  throw new GradloomError("DTYPE_MISMATCH", `neither of ${a} and ${b} holds the other.`, {
    path: "tree.dtype",
    remedy: "Cast the leaves to one dtype first.",
  });
};

const higher = (a: DType, b: DType): DType => (lower(a, b) === a ? b : a);

/**
 * Returns the storage type of a tree's leaves; float32 for a tree without leaves.
 *
 * @throws GradloomError `DTYPE_MISMATCH` where leaves differ and there is no `mixedDtypeHandler`
 * @example
 * const tree = { a: new Float32Array(1), b: new Float64Array(1) };
 * console.log(gl.tree.dtype(tree, { mixedDtypeHandler: "highest" })); // float64
 */
export const dtype = (tree: unknown, options?: OptionsOf<typeof OPTIONS>): DType => {
  const { mixedDtypeHandler } = parse("tree.dtype", OPTIONS, options);
  let common: DType | undefined;
  mapLeaves([tree], ([leaf], [path]) => {
    const own = operand(leaf as Leaf, path as string).dtype;
    if (common === undefined || common === own) common = own;
    else if (mixedDtypeHandler === "promote") common = promote(common, own);
    else if (mixedDtypeHandler === "highest") common = higher(common, own);
    else if (mixedDtypeHandler === "lowest") common = lower(common, own);
    else {
      throw new GradloomError("DTYPE_MISMATCH", `expected ${common}, got ${own}.`, {
        path: path as string,
        remedy: 'Pass { mixedDtypeHandler: "promote" } where leaves differ.',
      });
    }
  });
  return common ?? "float32";
};
