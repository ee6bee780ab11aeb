import { asNode } from "../kernels/as-node.ts";
import { type ExtraArgs, type GradientTransformation, NAME } from "../plan/transformation.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { type Layout, layoutOf, readTree, refuseIntegers, writeTree } from "../pytree/layout.ts";
import { store } from "../pytree/operand.ts";

/** Returns all elements of a tree in one array, which is in double precision if a leaf is. */
const concatenate = ({ leaves }: Layout, arrays: readonly ElementArray[]): ElementArray => {
  const size = leaves.reduce((sum, leaf) => sum + leaf.size, 0);
  const wide = leaves.some(({ dtype }) => dtype === "float64");
  const all = wide ? new Float64Array(size) : new Float32Array(size);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
};

const split = (layout: Layout, all: ElementArray): unknown => {
  let at = 0;
  const parts = layout.leaves.map(({ dtype, size }) => {
    const part = all.subarray(at, at + size);
    at += size;
    return store(part, dtype);
  });
  return writeTree(layout, (i) => parts[i] as ElementArray);
};

/**
 * Applies a transformation to all leaves as one vector, in the order of the tree; its state is one vector too.
 *
 * A transformation that works leaf by leaf then works on the whole at once. It is no faster: leaves are consecutive in memory
 * anyway.
 *
 * @param inner - the transformation
 * @example
 * const tx = gl.flatten(gl.scaleByAdam());
 * const state = tx.init({ a: new Float32Array(2), b: new Float32Array(3) });
 * console.log(state.mu.length); // 5
 */
// biome-ignore lint/suspicious/noExplicitAny: in the state every tree like the parameters is a vector
export const flatten = (inner: GradientTransformation): GradientTransformation<any> => {
  asNode(inner, "flatten.inner");
  const vector = (tree: unknown, root: string): [ElementArray, Layout] => {
    const layout = layoutOf(tree, root);
    refuseIntegers(layout, root);
    return [concatenate(layout, readTree(layout, tree, root)), layout];
  };
  return {
    [NAME]: "flatten",
    init: (params: unknown) => inner.init(vector(params, "params")[0]) as never,
    update: (updates: unknown, state: unknown, params?: unknown, extra?: ExtraArgs) => {
      const [flat, layout] = vector(updates, "updates");
      const flatParams = params === undefined ? undefined : vector(params, "params")[0];
      const [next, nextState] = inner.update(flat, state as never, flatParams, extra);
      return [split(layout, next), nextState] as never;
    },
  };
};
