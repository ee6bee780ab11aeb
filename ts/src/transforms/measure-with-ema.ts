import { emptyState } from "../plan/state-type.ts";
import { type EmptyState, type GradientTransformation, NAME } from "../plan/transformation.ts";
import { dataOf, isLeaf, type Leaf, tensor } from "../pytree/leaf.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import { type EmaState, ema } from "./ema.ts";

/** The moving average of the measurement. */
export type MeasureWithEmaState = readonly [EmptyState, EmaState];

const isNumber = (node: unknown): node is number => typeof node === "number";

/** Turns the numbers of a measurement into arrays without axes, so that it is a tree of arrays. */
const asTree = (measurement: unknown) => {
  const { leaves, def } = flatten<Leaf | number>(
    measurement,
    "measurement",
    (node) => isNumber(node) || isLeaf(node),
  );
  return {
    tree: unflatten(def, (i) =>
      isNumber(leaves[i]) ? tensor(new Float64Array([leaves[i]]), []) : leaves[i],
    ),
    /** Turns the arrays of a tree back into numbers where the measurement has numbers. */
    back: (tree: unknown): unknown => {
      const values = flatten<Leaf>(tree, "measurement").leaves;
      return unflatten(def, (i) => (isNumber(leaves[i]) ? dataOf(values[i] as Leaf)[0] : values[i]));
    },
  };
};

/**
 * Makes a measurement for `monitor`: the exponential moving average of another one, see `ema`.
 *
 * @param measure - a function of the updates that returns a number, or a tree of numbers and arrays
 * @param decay - in [0, 1]
 * @example
 * const tx = gl.monitor({ norm: gl.measureWithEma(gl.tree.norm, 0.5, { debias: false }) });
 * const grads = { w: new Float32Array([3, 4]) };
 * const [, state] = tx.update(grads, tx.init(grads));
 * console.log(state.measurements.norm); // 2.5
 */
export const measureWithEma = (
  // biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
  measure: (updates: any) => unknown,
  decay: number,
  options?: Parameters<typeof ema>[1],
): GradientTransformation<MeasureWithEmaState> => {
  const average = ema(decay, options);
  return {
    [NAME]: "measureWithEma",
    init: (params: unknown) => [emptyState(), average.init(asTree(measure(params)).tree)] as never,
    update: (updates: unknown, state: unknown) => {
      const { tree, back } = asTree(measure(updates));
      const [smooth, next] = average.update(tree, (state as MeasureWithEmaState)[1] as never);
      return [back(smooth), [emptyState(), next]] as never;
    },
  };
};
