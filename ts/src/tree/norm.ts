import { GradloomError } from "../error.ts";
import { type Field, flag, type OptionsOf, parse } from "../options.ts";
import { operand, rounding } from "../pytree/operand.ts";
import { flatten } from "../pytree/tree-def.ts";
import { reduceTree } from "../run/reduce-tree.ts";
import { requireAlike } from "./alike.ts";
import { commonType } from "./elementwise.ts";
import { abs } from "./magnitude.ts";
import { max, sum, sumOfSquares } from "./reductions.ts";

export type Ord = 1 | 2 | "inf" | "infinity" | number | null;

const ord: Field<Ord> = {
  default: null,
  check: (value, path) => {
    if (value === null || [1, 2, Number.POSITIVE_INFINITY, "inf", "infinity"].includes(value as Ord & string))
      return value as Ord;
    throw new GradloomError("INVALID_HYPERPARAMETER", "there is no norm of this order.", {
      path,
      remedy: "Pass 1, 2, Infinity or null.",
    });
  },
};

const OPTIONS = {
  /** 2 or null: the Euclidean norm; 1: the sum of magnitudes; Infinity: the greatest magnitude. */
  ord,
  /** Return the square of the norm. */
  squared: flag(false),
};

/** Widens a tree with 16-bit leaves, which kernels cannot read as gradients; the norm is rounded to the type of the leaves. */
const euclidean = (tree: unknown): number => {
  const { leaves, paths } = flatten(tree, "tree");
  const read = leaves.map((leaf, i) => operand(leaf, paths[i] as string));
  if (!read.some(({ dtype }) => dtype === "float16" || dtype === "bfloat16")) return reduceTree("norm", tree);
  const wide = read.map(({ numbers }) => numbers);
  return rounding[commonType(read)](reduceTree("norm", wide));
};

/**
 * Returns a norm of all elements of a tree, by default the Euclidean: sqrt(sum of x² over all leaves). 0 for a tree without leaves.
 *
 * @example
 * const tree = { a: new Float32Array([3]), b: new Float32Array([-4]) };
 * console.log(gl.tree.norm(tree)); // 5
 * console.log(gl.tree.norm(tree, { ord: 1 })); // 7
 */
export const norm = (tree: unknown, options?: OptionsOf<typeof OPTIONS>): number => {
  const { ord, squared } = parse("tree.norm", OPTIONS, options);
  if (ord === null || ord === 2) return squared ? sumOfSquares(tree) : euclidean(tree);
  const size = ord === 1 ? sum(abs(tree)) : Math.max(0, max(abs(tree)));
  return squared ? size * size : size;
};

/**
 * Returns the norm of all gradients together; Optax's older name of `tree.norm`.
 *
 * @example
 * console.log(gl.globalNorm({ a: new Float32Array([3]), b: new Float32Array([4]) })); // 5
 */
export const globalNorm = (updates: unknown): number => {
  requireAlike({ updates });
  return norm(updates);
};
