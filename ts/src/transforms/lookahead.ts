import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { gradientsOf } from "../kernels/composite-node.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { OpaqueNode } from "../kernels/opaque-node.ts";
import { flag, type OptionsOf, parse, real, required } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import { withStateType } from "../plan/state-type.ts";
import {
  type ExtraArgs,
  type GradientTransformation,
  type LookaheadPair,
  NAME,
  type ParamsLike,
} from "../plan/transformation.ts";
import { layoutOf, readTree } from "../pytree/layout.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { fromNode } from "../run/pure.ts";
import { copy } from "../tree/copy.ts";
import { zerosLike } from "../tree/like.ts";

/**
 * Makes the fast and slow parameters that `lookahead` moves: `initSynced` returns copies of
 * the given ones as both.
 *
 * @example
 * const params = gl.LookaheadParams.initSynced({ w: new Float32Array([1]) });
 * console.log(params.fast.w[0], params.slow.w[0]); // 1 1
 */
export const LookaheadParams = {
  initSynced: <P>(params: P): LookaheadParams<P> => ({
    fast: copy(params, "params"),
    slow: copy(params, "params"),
  }),
};

export type LookaheadParams<P> = LookaheadPair<P>;

/** The state of the fast optimizer, and the steps since the last synchronisation. */
export interface LookaheadState<S> {
  readonly fastState: S;
  readonly stepsSinceSync: number;
}

const OPTIONS = {
  /** Reset the state of the fast optimizer after each synchronisation. */
  resetState: flag(false),
};

const isPair = (tree: unknown): tree is LookaheadParams<unknown> =>
  isPlainObject(tree) && Object.keys(tree).sort().join() === "fast,slow";

const pairOf = (params: unknown): LookaheadParams<unknown> => {
  if (isPair(params)) return params;
  throw new GradloomError("PARAMS_REQUIRED", "this transformation needs fast and slow parameters.", {
    path: "lookahead",
    remedy:
      "Make them with LookaheadParams.initSynced(params), for TrainState.create({ params, tx }) or update(updates, state, params).",
  });
};

/** Turns fast updates into those that synchronise fast and slow parameters. The updates of the slow ones replace `slow` in its state. */
const syncOf = (slowStepSize: number) =>
  kernels<{ readonly slow: ParamsLike }>({
    name: "lookahead",
    state: { slow: slot() },
    steps: [{ map: "lookahead_sync", scalars: { stepSize: slowStepSize, rest: 1 - slowStepSize } }],
  });

/**
 * Moves fast parameters with an optimizer, and every `syncPeriod` steps sets fast and slow ones to a point between the two.
 *
 * slow += slowStepSize * (fast - slow); fast = slow. Parameters are `{ fast, slow }`, see `LookaheadParams`, and so are the
 * updates. Gradients are those of the fast parameters alone, a tree like `fast`: in a `TrainState`, whose `grads` is then such a
 * tree, and in the pure functions. In a chain, transformations before it see the fast parameters and their gradients; those
 * after it see `{ fast, slow }`, and so do masks and labels around it.
 *
 * @param fastOptimizer - the optimizer of the fast parameters
 * @param syncPeriod - the number of steps from one synchronisation to the next; an integer, at least 1
 * @param slowStepSize - how far the slow parameters move towards the fast ones, in [0, 1]
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without fast and slow parameters
 * @example
 * const tx = gl.lookahead(gl.sgd(1), 2, 0.5);
 * const train = gl.TrainState.create({ params: gl.LookaheadParams.initSynced({ w: new Float32Array([0]) }), tx });
 * train.applyGradients({ w: new Float32Array([-1]) });
 * train.applyGradients({ w: new Float32Array([-1]) });
 * console.log(train.params.fast.w[0], train.params.slow.w[0]); // 1 1
 * @see Zhang et al. 2019, https://arxiv.org/abs/1907.08610
 */
export const lookahead = <S>(
  fastOptimizer: GradientTransformation<S>,
  syncPeriod: number,
  slowStepSize: number,
  options?: OptionsOf<typeof OPTIONS>,
): Transformation<LookaheadState<S>> => {
  const { resetState } = parse("lookahead", OPTIONS, options);
  const fastNode = asNode(fastOptimizer, "lookahead.fastOptimizer");
  required("lookahead", "syncPeriod", real(1, { min: 1, integer: true }), syncPeriod);
  required("lookahead", "slowStepSize", real(0, { min: 0, max: 1 }), slowStepSize);
  const sync = syncOf(slowStepSize);

  const update = (
    updates: unknown,
    state: LookaheadState<unknown>,
    params: unknown,
    extra: ExtraArgs | undefined,
  ): [LookaheadParams<unknown>, LookaheadState<unknown>] => {
    const { fast, slow } = pairOf(params);
    const [ahead, moved] = fastOptimizer.update(updates, state.fastState as never, fast, extra);
    const stepsSinceSync = (state.stepsSinceSync + 1) % syncPeriod;
    if (stepsSinceSync !== 0) {
      return [
        { fast: ahead, slow: zerosLike(slow) },
        { fastState: moved, stepsSinceSync },
      ];
    }
    const [back, change] = sync.update(ahead, { slow } as never, fast);
    const fastState = resetState ? fastOptimizer.init(fast) : moved;
    return [
      { fast: back, slow: (change as { slow: unknown }).slow },
      { fastState, stepsSinceSync },
    ];
  };

  const init = (params: unknown): LookaheadState<unknown> => {
    if (isPair(params)) readTree(layoutOf(params.fast, "params.fast"), params.slow, "params.slow");
    return { fastState: fastOptimizer.init(isPair(params) ? params.fast : params), stepsSinceSync: 0 };
  };
  const onHost = withStateType<LookaheadState<unknown>>("LookaheadState", {
    [NAME]: "lookahead",
    init,
    update,
  }) as unknown as GradientTransformation;
  return fromNode(new OpaqueNode(onHost, "lookahead", () => ["fast", ...gradientsOf(fastNode)]));
};
