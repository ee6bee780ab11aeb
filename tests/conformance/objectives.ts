import type { AnyTree, FloatArray } from "./trees.ts";

/** An objective of tests/golden/objectives.py, with the derivatives that JAX finds by itself. */
export interface Objective {
  readonly value: (params: AnyTree) => number;
  readonly grad: (params: AnyTree) => AnyTree;
  /** Returns the product of the Hessian with a tree. */
  readonly hvp: (params: AnyTree, vector: AnyTree) => AnyTree;
}

type Numbers = readonly number[];

const isLeaf = (node: AnyTree): boolean => ArrayBuffer.isView(node) || ArrayBuffer.isView(node?.data);
const numbersOf = (leaf: AnyTree): number[] => Array.from((leaf.data ?? leaf) as FloatArray);

/** Lists the leaves of a tree in JAX's order: objects by sorted key. */
const leavesOf = (tree: AnyTree): number[][] =>
  isLeaf(tree)
    ? [numbersOf(tree)]
    : (Array.isArray(tree)
        ? tree
        : Object.keys(tree)
            .sort()
            .map((key) => tree[key])
      ).flatMap(leavesOf);

/** Makes a tree with the structure of another from the numbers of its leaves. */
const rebuild = (like: AnyTree, leaves: Numbers[]): AnyTree => {
  if (ArrayBuffer.isView(like))
    return new (like.constructor as Float32ArrayConstructor)(leaves.shift() as Numbers);
  if (isLeaf(like)) return { data: rebuild(like.data, leaves), shape: [...like.shape] };
  if (Array.isArray(like)) return like.map((child) => rebuild(child, leaves));
  // A masked node: an instance of a class.
  if (Object.getPrototypeOf(like) !== Object.prototype) return like;
  const children = new Map(
    Object.keys(like)
      .sort()
      .map((key) => [key, rebuild(like[key], leaves)]),
  );
  return Object.fromEntries(Object.keys(like).map((key) => [key, children.get(key)]));
};

const sum = (numbers: Numbers): number => numbers.reduce((a, b) => a + b, 0);
const at = (x: Numbers, i: number): number => x[i] as number;

/** Makes an objective of trees from one of lists of leaves. */
const onTrees = (
  value: (x: number[][]) => number,
  grad: (x: number[][]) => number[][],
  hvp: (x: number[][], v: number[][]) => number[][],
): Objective => ({
  value: (params) => value(leavesOf(params)),
  grad: (params) => rebuild(params, grad(leavesOf(params))),
  hvp: (params, vector) => rebuild(params, hvp(leavesOf(params), leavesOf(vector))),
});

const curvature = (i: number): number => 1 + (i % 5);

const quadratic = onTrees(
  (leaves) => sum(leaves.map((x) => sum(x.map((x, i) => (curvature(i) * (x - 0.3) ** 2) / 2)))),
  (leaves) => leaves.map((x) => x.map((x, i) => curvature(i) * (x - 0.3))),
  (_, leaves) => leaves.map((v) => v.map((v, i) => curvature(i) * v)),
);

const rosenbrock = onTrees(
  (leaves) =>
    sum(leaves.map((x) => sum(x.slice(1).map((y, i) => 5 * (y - at(x, i) ** 2) ** 2 + (1 - at(x, i)) ** 2)))),
  (leaves) =>
    leaves.map((x) => {
      const grad = x.map(() => 0);
      x.slice(1).forEach((y, i) => {
        const gap = y - at(x, i) ** 2;
        grad[i] = at(grad, i) - 20 * at(x, i) * gap - 2 * (1 - at(x, i));
        grad[i + 1] = at(grad, i + 1) + 10 * gap;
      });
      return grad;
    }),
  (leaves, vectors) =>
    leaves.map((x, leaf) => {
      const v = vectors[leaf] as number[];
      const product = x.map(() => 0);
      x.slice(1).forEach((y, i) => {
        const own = -20 * (y - at(x, i) ** 2) + 40 * at(x, i) ** 2 + 2;
        const mixed = -20 * at(x, i);
        product[i] = at(product, i) + own * at(v, i) + mixed * at(v, i + 1);
        product[i + 1] = at(product, i + 1) + mixed * at(v, i) + 10 * at(v, i + 1);
      });
      return product;
    }),
);

const weighted = (leaves: number[][]): number =>
  sum(leaves.map((x) => sum(x.map((x, i) => 0.1 * (1 + i) * x))));

const zakharov = onTrees(
  (leaves) => {
    const s = weighted(leaves);
    return sum(leaves.flat().map((x) => x ** 2)) + s ** 2 + s ** 4;
  },
  (leaves) => {
    const s = weighted(leaves);
    return leaves.map((x) => x.map((x, i) => 2 * x + (2 * s + 4 * s ** 3) * 0.1 * (1 + i)));
  },
  (leaves, vectors) => {
    const [s, t] = [weighted(leaves), weighted(vectors)];
    return vectors.map((v) => v.map((v, i) => 2 * v + (2 + 12 * s ** 2) * t * 0.1 * (1 + i)));
  },
);

export const objectives: Readonly<Record<string, Objective>> = { quadratic, rosenbrock, zakharov };
