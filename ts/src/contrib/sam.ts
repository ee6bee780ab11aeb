import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { flag, type OptionsOf, parse, real } from "../options.ts";
import { withStateType } from "../plan/state-type.ts";
import {
  type EmptyState,
  type ExtraArgs,
  type GradientTransformation,
  NAME,
  type ParamsLike,
} from "../plan/transformation.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { paramsRequired } from "../run/pure.ts";
import { scale } from "../transforms/scale.ts";
import { copy } from "../tree/copy.ts";

/** The states of both optimizers, and the progress of the current period. */
export interface SAMState<S, A> {
  /** The number of gradients since the last step of descent. */
  readonly stepsSinceSync: number;
  readonly optState: S;
  readonly advState: A;
  /** The parameters from which the current ascent started; null in opaque mode. */
  readonly cache: ParamsLike | null;
}

/** The extra argument `gradFn` of opaque mode: returns gradients, given parameters and the number of the ascent. */
// biome-ignore lint/suspicious/noExplicitAny: trees of the caller's own structure
export type SamGradFn = (params: any, step: number) => unknown;

const OPTIONS = {
  /** The number of steps in a period: all but the last ascend, the last descends. An integer, at least 1. */
  syncPeriod: real(2, { min: 1, integer: true }),
  /** Reset the state of the adversarial optimizer before each ascent. */
  resetState: flag(true),
  /** Take all steps of a period in one update, with gradients of the extra argument `gradFn`. */
  opaqueMode: flag(false),
};

type AnyState = SAMState<unknown, unknown>;
type Step = (
  updates: unknown,
  state: AnyState,
  params: unknown,
  extra: ExtraArgs | undefined,
) => [unknown, AnyState];

// Each optimizer has these functions to itself, as they keep memory for the next call.

const negation = () => {
  const tx = scale(-1);
  return (tree: unknown): unknown => tx.update(tree, {})[0];
};

const application = () => {
  const tx = kernels<EmptyState>({ name: "sam", steps: [{ map: "apply" }] });
  return (params: unknown, updates: unknown): unknown => tx.update(updates, {}, params)[0];
};

/** Makes the function that returns the updates of the current parameters that lead to a step from the cached ones. */
const returnToCache = () => {
  const tx = kernels<{ readonly cache: ParamsLike }>({
    name: "sam",
    state: { cache: slot() },
    steps: [{ map: "sam_return" }],
  });
  return (updates: unknown, cache: unknown, params: unknown): unknown =>
    tx.update(updates, { cache } as never, params)[0];
};

const gradFnOf = (extra: ExtraArgs | undefined): SamGradFn => {
  if (typeof extra?.gradFn === "function") return extra.gradFn as SamGradFn;
  throw new GradloomError("EXTRA_ARGUMENT_REQUIRED", "opaque mode needs a gradient function.", {
    path: "sam.gradFn",
    remedy: "Call update(updates, state, params, { gradFn }).",
  });
};

const requireParams = (params: unknown): void => {
  if (params === undefined) throw paramsRequired("sam");
};

/** Makes the step of the mode in which an update is one ascent from the cached parameters, or the descent that ends a period. */
const transparent = (
  opt: GradientTransformation,
  adv: GradientTransformation,
  syncPeriod: number,
  resetState: boolean,
): Step => {
  const [negate, back] = [negation(), returnToCache()];
  return (updates, state, params) => {
    const cache = state.stepsSinceSync === 0 ? copy(params) : state.cache;
    const stepsSinceSync = (state.stepsSinceSync + 1) % syncPeriod;
    if (stepsSinceSync !== 0) {
      const [ascent, advState] = adv.update(updates, state.advState as never, params);
      return [negate(ascent), { ...state, stepsSinceSync, advState, cache: cache as ParamsLike }];
    }
    const [descent, optState] = opt.update(updates, state.optState as never, cache);
    const advState = resetState ? adv.init(params) : state.advState;
    return [back(descent, cache, params), { stepsSinceSync, optState, advState, cache: cache as ParamsLike }];
  };
};

/** Makes the step of the mode in which an update is a whole period: it calls `gradFn` for the gradients of the ascents. */
const opaque = (
  opt: GradientTransformation,
  adv: GradientTransformation,
  syncPeriod: number,
  resetState: boolean,
): Step => {
  const [negate, apply] = [negation(), application()];
  return (updates, state, params, extra) => {
    const gradFn = gradFnOf(extra);
    let [at, grads, advState] = [params, updates, state.advState];
    for (let i = 0; i < syncPeriod - 1; i++) {
      const [ascent, next] = adv.update(grads, advState as never, at);
      advState = next;
      at = apply(at, negate(ascent));
      grads = gradFn(at, i);
    }
    const [descent, optState] = opt.update(grads, state.optState as never, params);
    return [
      descent,
      { stepsSinceSync: 0, optState, advState: resetState ? adv.init(params) : advState, cache: null },
    ];
  };
};

/**
 * Sharpness-aware minimisation: descends with the gradients at the worst point near the parameters.
 *
 * Of `syncPeriod` steps all but the last climb with the adversarial optimizer; the last goes back to where the ascent began
 * and descends from there with the gradient found above. In opaque mode one update does all of them. With a `syncPeriod` of 1
 * nothing climbs, and every step is one of `optimizer`; Optax undoes every second one.
 *
 * @param optimizer - the optimizer that descends
 * @param advOptimizer - the optimizer that climbs: an ordinary one, whose updates are negated
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters, `EXTRA_ARGUMENT_REQUIRED` without `gradFn` in
 *   opaque mode
 * @example
 * const tx = gl.contrib.sam(gl.sgd(0.1), gl.sgd(0.05), { opaqueMode: true });
 * const gradFn = (params) => gl.tree.scale(2, params);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update(gradFn(params), tx.init(params), params, { gradFn });
 * console.log(updates.w[0].toFixed(2)); // -0.22
 * @see Foret et al. 2020, https://arxiv.org/abs/2010.01412
 */
export const sam = <S, A>(
  optimizer: GradientTransformation<S>,
  advOptimizer: GradientTransformation<A>,
  options?: OptionsOf<typeof OPTIONS>,
): GradientTransformation<SAMState<S, A>> => {
  const { syncPeriod, resetState, opaqueMode } = parse("sam", OPTIONS, options);
  asNode(optimizer, "sam.optimizer");
  asNode(advOptimizer, "sam.advOptimizer");
  const step = (opaqueMode ? opaque : transparent)(optimizer, advOptimizer, syncPeriod, resetState);
  return withStateType<AnyState>("SAMState", {
    [NAME]: "sam",
    init: (params: unknown) => ({
      stepsSinceSync: 0,
      optState: optimizer.init(params),
      advState: advOptimizer.init(params),
      cache: opaqueMode ? null : (copy(params) as ParamsLike),
    }),
    update: (updates: unknown, state: AnyState, params: unknown, extra?: ExtraArgs) => {
      requireParams(params);
      return step(updates, copyArrays(state) as AnyState, params, extra);
    },
  }) as unknown as GradientTransformation<SAMState<S, A>>;
};
