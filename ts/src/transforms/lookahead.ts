import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { flag, type OptionsOf, parse, real, required } from "../options.ts";
import { withStateType } from "../plan/state-type.ts";
import {
  type ExtraArgs,
  type GradientTransformation,
  NAME,
  type ParamsLike,
} from "../plan/transformation.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { copy } from "../tree/copy.ts";
import { zerosLike } from "../tree/like.ts";

/**
 * Makes the fast and slow parameters that `lookahead` moves: `initSynced` returns the given ones as the fast parameters, and
 * copies of them as the slow ones.
 *
 * @example
 * const params = gl.LookaheadParams.initSynced({ w: new Float32Array([1]) });
 * console.log(params.fast.w[0], params.slow.w[0]); // 1 1
 */
export const LookaheadParams = {
  initSynced: <P>(params: P): LookaheadParams<P> => ({ fast: params, slow: copy(params, "params") }),
};

/** The fast parameters, which move at every step, and the slow ones, which move once in a period. */
export interface LookaheadParams<P> {
  readonly fast: P;
  readonly slow: P;
}

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

const fastOf = (tree: unknown): unknown => (isPair(tree) ? tree.fast : tree);

const pairOf = (params: unknown): LookaheadParams<unknown> => {
  if (isPair(params)) return params;
  throw new GradloomError("PARAMS_REQUIRED", "this transformation needs fast and slow parameters.", {
    path: "lookahead",
    remedy: "Call update(updates, state, params) with params from LookaheadParams.initSynced.",
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
 * updates. Gradients are those of the fast parameters: a tree like `fast`, or `{ fast, slow }`, whose `slow` is ignored.
 *
 * @param fastOptimizer - the optimizer of the fast parameters
 * @param syncPeriod - the number of steps from one synchronisation to the next; an integer, at least 1
 * @param slowStepSize - how far the slow parameters move towards the fast ones, in [0, 1]
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without fast and slow parameters
 * @example
 * const tx = gl.lookahead(gl.sgd(1), 2, 0.5);
 * const train = gl.TrainState.create({ params: gl.LookaheadParams.initSynced({ w: new Float32Array([0]) }), tx });
 * const grads = { w: new Float32Array([-1]) };
 * train.applyGradients({ fast: grads, slow: grads });
 * train.applyGradients({ fast: grads, slow: grads });
 * console.log(train.params.fast.w[0], train.params.slow.w[0]); // 1 1
 * @see Zhang et al. 2019, https://arxiv.org/abs/1907.08610
 */
export const lookahead = <S>(
  fastOptimizer: GradientTransformation<S>,
  syncPeriod: number,
  slowStepSize: number,
  options?: OptionsOf<typeof OPTIONS>,
): GradientTransformation<LookaheadState<S>> => {
  const { resetState } = parse("lookahead", OPTIONS, options);
  asNode(fastOptimizer, "lookahead.fastOptimizer");
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
    const [ahead, moved] = fastOptimizer.update(fastOf(updates), state.fastState as never, fast, extra);
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

  return withStateType<LookaheadState<unknown>>("LookaheadState", {
    [NAME]: "lookahead",
    init: (params: unknown) => ({ fastState: fastOptimizer.init(fastOf(params)), stepsSinceSync: 0 }),
    update,
  }) as unknown as GradientTransformation<LookaheadState<S>>;
};
