import { define } from "../define.ts";
import { GradloomError } from "../error.ts";
import type { Computation } from "../kernels/computation.ts";
import { host, kernels } from "../kernels/kernels.ts";
import { maybe } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import { UPDATES } from "../plan/step.ts";
import type { ExtraArgs } from "../plan/transformation.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { readTree, writeTree } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { store } from "../pytree/operand.ts";
import { type Key, keyOrSeed, split } from "../random/key.ts";
import { rademacher } from "../random/rademacher.ts";
import type { Coroutine } from "../run/suspended.ts";
import { chosenKey } from "../transforms/add-noise.ts";

/** The key that the next estimate is drawn from. */
export interface HutchinsonState {
  readonly key: Key;
}

/** The extra argument of `hutchinsonEstimatorDiagHessian`: returns H·v, given parameters and a tree v like them, with H the Hessian there. */
// biome-ignore lint/suspicious/noExplicitAny: trees of the caller's own structure
export type HvpFn = (params: any, vector: any) => unknown;

const OPTIONS = {
  /** The key to draw from, or a seed in [0, 2^32); by default the seed 0. */
  randomSeed: maybe(keyOrSeed),
};

const NAME = "hutchinsonEstimatorDiagHessian";

const hvpFnOf = (extra: ExtraArgs | undefined): HvpFn => {
  if (typeof extra?.hvpFn === "function") return extra.hvpFn as HvpFn;
  throw new GradloomError("EXTRA_ARGUMENT_REQUIRED", "this transformation needs hvpFn.", {
    path: `${NAME}.hvpFn`,
    remedy:
      "Call update(updates, state, params, { hvpFn }) or applyGradients(grads, { hvpFn }): a function from parameters and a " +
      "tree v like them to the product of the objective's Hessian with v, which is a tree like them too.",
  });
};

/** Returns random signs for the leaves of a scope, in their dtype, each at the index of its leaf. Every leaf has a key of its own. */
const signsOf = ({ scope }: Computation, key: Key): ElementArray[] => {
  const { whole } = scope;
  const keys = split(key, { num: scope.leaves.length });
  const signs: ElementArray[] = [];
  scope.leaves.forEach((leaf, i) => {
    const { shape, dtype } = whole.leaves[leaf] as LeafSpec;
    signs[leaf] = store(rademacher(keys[i] as Key, { shape }).data, dtype);
  });
  return signs;
};

/**
 * Replaces the updates by an estimate of the Hessian's diagonal: r * H·r for a tree r of random signs.
 *
 * The estimate is unbiased and varies much. Where Optax differentiates its argument `obj_fn`, this one takes products with the
 * Hessian from you: each update needs the extra argument `hvpFn(params, v)`, the derivative of the gradient along v, as
 * automatic differentiation gives it. It may be asynchronous with `updateAsync` and `applyGradientsAsync`.
 *
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without `hvpFn`, `PARAMS_REQUIRED` without the parameters
 * @example
 * const tx = gl.contrib.hutchinsonEstimatorDiagHessian({ randomSeed: 1 });
 * const params = { w: new Float32Array([1, 2]) };
 * const hvpFn = (_, v) => gl.tree.scale(3, v); // of 1.5 * |w|²
 * const [diagonal] = tx.update(params, tx.init(params), params, { hvpFn });
 * console.log(diagonal.w); // Float32Array(2) [ 3, 3 ]
 * @see Hutchinson 1989, https://doi.org/10.1080/03610918908812806
 */
export const hutchinsonEstimatorDiagHessian = define(
  NAME,
  {},
  OPTIONS,
  ({ randomSeed }): Transformation<HutchinsonState> => {
    const estimate = function* (state: HutchinsonState, on: Computation): Coroutine<HutchinsonState> {
      const hvpFn = hvpFnOf(on.extra);
      const [key, subkey] = split(state.key) as [Key, Key];
      const all = on.scope.whole;
      const given = on.allParams as readonly ElementArray[];
      const params = writeTree(all, (leaf) => (given[leaf] as ElementArray).slice());
      const signs = signsOf(on, subkey);
      const vector = writeTree(all, (leaf) => {
        const spec = all.leaves[leaf];
        return spec ? (signs[leaf]?.slice() ?? store(new Float64Array(spec.size), spec.dtype)) : null;
      });
      const reading = { nullIntegers: true };
      const product = readTree(all, yield () => hvpFn(params, vector), `${NAME}.hvpFn()`, reading);
      const diagonal = product
        .slice(0, all.leaves.length)
        .map((array, leaf) => array.map((x, i) => x * (signs[leaf]?.[i] ?? 0)));
      on.arena.load(UPDATES, on.scope.leaves, diagonal);
      return { key };
    };
    return kernels({
      name: NAME,
      type: "HutchinsonState",
      params: true,
      state: { key: host(chosenKey(NAME, randomSeed, null)) },
      steps: [{ ask: estimate }],
    });
  },
);
