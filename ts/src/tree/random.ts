import { type Field, func, maybe, type OptionsOf, oneOf, parse } from "../options.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";
import { operand } from "../pytree/operand.ts";
import type { Sampler } from "../random/draw.ts";
import { type Key, rngKey, split } from "../random/key.ts";
import { normal } from "../random/normal.ts";

const count = (tree: unknown): number => {
  let leaves = 0;
  mapLeaves([tree], () => leaves++, { names: ["targetTree"] });
  return leaves;
};

/** Calls `of` with each leaf of a tree and a key of its own, in tree order: objects by sorted key. */
const withKeys = (key: Key, tree: unknown, of: (key: Key, leaf: Leaf, path: string) => unknown): unknown => {
  const keys = split(key, { num: count(tree) });
  let next = 0;
  return mapLeaves([tree], ([leaf], [path]) => of(keys[next++] as Key, leaf as Leaf, path as string), {
    names: ["targetTree"],
  });
};

/**
 * Makes a tree of independent keys, one for each leaf of a tree.
 *
 * @example
 * const keys = gl.tree.splitKeyLike(gl.random.key(0), { a: new Float32Array(3), b: new Float32Array(1) });
 * console.log(keys.a.length); // 2
 */
// biome-ignore lint/suspicious/noExplicitAny: a tree of keys has the structure, not the type, of the tree
export const splitKeyLike = (rngKeyToSplit: Key, targetTree: unknown): any =>
  withKeys(rngKey.check(rngKeyToSplit, "tree.splitKeyLike.rngKey"), targetTree, (key) => key);

const sampler: Field<Sampler> = { ...func<Sampler>("a function such as gl.random.normal"), default: normal };

const OPTIONS = {
  /** The function that draws the numbers, given a key and `{ shape, dtype }`: one of `gl.random`, or your own. */
  sampler,
  /** The type to draw in, by default that of each leaf. */
  dtype: maybe(oneOf(["float32", "float64", "int32", "uint32"], "float32")),
};

/**
 * Makes a tree of random numbers, by default standard normal, of the same structure and shapes; the numbers are Optax's.
 *
 * @example
 * const noise = gl.tree.randomLike(gl.random.key(0), { a: new Float32Array(1), b: new Float32Array(1) });
 * console.log(noise.a.length); // 1
 */
export const randomLike = <T>(key: Key, targetTree: T, options?: OptionsOf<typeof OPTIONS>): T => {
  const { sampler, dtype } = parse("tree.randomLike", OPTIONS, options);
  rngKey.check(key, "tree.randomLike.rngKey");
  return withKeys(key, targetTree, (own, leaf, path) => {
    const read = operand(leaf, path);
    const to = dtype ?? (read.dtype === "float64" ? "float64" : "float32");
    const { data } = sampler(own, { shape: read.shape, dtype: to });
    return read.shaped ? { data, shape: [...read.shape] } : data;
  }) as T;
};

/**
 * Returns the words of the keys in a tree. Keys are already their words here, so the result is a copy.
 *
 * @example
 * const tree = { key: gl.random.key(1) };
 * console.log(gl.tree.unwrapRandomKeyData(tree).key); // Uint32Array(2) [ 0, 1 ]
 */
export const unwrapRandomKeyData = <T>(inputTree: T): T => copyArrays(inputTree) as T;
