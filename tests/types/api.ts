/** Code that must compile, and lines that must not: only the compiler reads this file, nothing runs it. */
import * as gl from "../../ts/src/entry/node.ts";
import { expectType } from "./expect-type.ts";

const params = {
  dense: { kernel: new Float32Array(6), bias: new Float32Array(3) },
  scales: [new Float32Array(1)],
};
type Params = typeof params;

// Names and numbers of arguments.
gl.sgd(0.1, { momentum: 0.9, nesterov: true });
// @ts-expect-error an option of another name
gl.sgd(0.1, { momentun: 0.9 });
// @ts-expect-error options go by name
gl.sgd(0.1, 0.9);
// @ts-expect-error the learning rate is required
gl.sgd();
// @ts-expect-error the decay is required
gl.trace();
// @ts-expect-error numbers are not text
gl.adam("0.1");
// @ts-expect-error there is no such dtype
gl.adam(0.1, { muDtype: "int8" });
gl.adam((count) => 0.1 / (1 + count), { muDtype: "bfloat16" });
// @ts-expect-error a schedule returns a number
gl.adam(() => "0.1");
// @ts-expect-error members of a chain are transformations
gl.chain(gl.sgd(0.1), 5);

// Labels are those that have a transformation.
gl.partition({ fast: gl.sgd(1), slow: gl.sgd(0.1) }, { dense: "fast", scales: "slow" });
// @ts-expect-error no transformation has this label
gl.partition({ fast: gl.sgd(1), slow: gl.sgd(0.1) }, { dense: "fast", scales: "frozen" });
gl.multiTransform({ fast: gl.sgd(1) }, () => ({ dense: "fast" as const, scales: "fast" as const }));
// @ts-expect-error no transformation has the label that this function returns
gl.multiTransform({ fast: gl.sgd(1) }, () => ({ dense: "slow" as const }));

// The state's type follows from the transformation and from the parameters.
const adam = gl.adam(0.1);
const state = adam.init(params);
expectType<number>()(state[0].count, true);
expectType<Params>()(state[0].mu, true);
expectType<Params>()(state[0].nu, true);
// @ts-expect-error Adam keeps no trace
state[0].trace;
// @ts-expect-error counts are not written by hand
state[0].count = 3;

const named = gl.namedChain(["clip", gl.clip(1)], ["moments", gl.scaleByAdam()]).init(params);
expectType<Params>()(named.moments.mu, true);
// @ts-expect-error no member has this name
named.trace;

const nested = gl
  .chain(gl.clipByGlobalNorm(1), gl.masked(gl.trace(0.9), { dense: true, scales: false }))
  .init(params);
expectType<Params>()(nested[1].innerState.trace, true);

const grouped = gl
  .partition({ a: gl.trace(0.9), b: gl.setToZero() }, { dense: "a", scales: "b" })
  .init(params);
expectType<Params>()(grouped.innerStates.a.innerState.trace, true);

const injected = gl
  .injectHyperparams(gl.adamw)(gl.linearSchedule(0.1, 0, 10), { weightDecay: 0.1 })
  .init(params);
injected.hyperparams.learningRate = 0.5;
expectType<number>()(injected.hyperparams.weightDecay, true);
// @ts-expect-error a flag is no hyperparameter
injected.hyperparams.nesterov;
// @ts-expect-error no argument has this name
injected.hyperparams.learningrate = 0.5;
const trained = gl.TrainState.create({ params, tx: gl.injectHyperparams(gl.sgd)(0.1) });
trained.optState.hyperparams.learningRate *= 0.1;
// @ts-expect-error no argument has this name
trained.optState.hyperparams.rate;
// A number that may be null or left out is a hyperparameter where it is given.
expectType<number | undefined>()(trained.optState.hyperparams.momentum, true);
const partlyStatic = gl
  .injectHyperparams(gl.adam, { staticArgs: ["b1", "b2"] })(0.1)
  .init(params);
expectType<number>()(partlyStatic.hyperparams.eps, true);
// @ts-expect-error a static argument is no hyperparameter
partlyStatic.hyperparams.b1;
const ownInjected = gl.injectHyperparams(({ rate, decay }: { rate: number; decay?: number }) =>
  gl.chain(gl.trace(decay ?? 0.9), gl.scale(-rate)),
)({ rate: (count) => 0.1 / (1 + count) });
expectType<{ rate: number; decay?: number }>()(ownInjected.init(params).hyperparams, true);
// @ts-expect-error the function has no such argument
ownInjected.init(params).hyperparams.eps;
expectType<Params>()(injected.innerState[0].mu, true);
// @ts-expect-error adamw has no such option
gl.injectHyperparams(gl.adamw)(0.1, { momentum: 0.9 });
gl.injectHyperparams(gl.adamw)(new gl.WrappedSchedule(gl.constantSchedule(0.1)), {
  b1: { init: () => 0, update: (steps: number) => steps + 1, call: (steps: number) => 1 - 1 / (steps + 2) },
  // @ts-expect-error a flag cannot be scheduled
  nesterov: gl.constantSchedule(1),
});

// Results keep the type of the tree.
const [updates, next] = adam.update(params, state, params);
expectType<Params>()(updates, true);
expectType<typeof state>()(next, true);
expectType<Params>()(gl.applyUpdates(params, updates), true);
expectType<number>()(gl.globalNorm(params), true);
// @ts-expect-error gradients have the structure of the parameters
adam.update({ dense: params.dense }, state, params);
// @ts-expect-error updates have the structure of the parameters
gl.applyUpdates(params, { dense: params.dense });

const train = gl.TrainState.create({ params, tx: adam });
expectType<gl.ReadonlyTree<Params>>()(train.params, true);
expectType<gl.ReadonlyTree<Params>>()(train.grads, true);
expectType<gl.ReadonlyTree<Params>>()(train.optState[0].mu, true);
expectType<readonly (typeof params.scales)[number][]>()(train.params.scales, true);
const lookahead = gl.chain(gl.clip(1), gl.lookahead(gl.sgd(0.1), 2, 0.5));
const ahead = gl.TrainState.create({ params: gl.LookaheadParams.initSynced(params), tx: lookahead });
expectType<gl.ReadonlyTree<Params>>()(ahead.grads, true);
ahead.applyGradients(params);
const [paired] = lookahead.update(params, ahead.optState, ahead.params);
paired satisfies { readonly fast: gl.ReadonlyTree<Params>; readonly slow: gl.ReadonlyTree<Params> };
expectType<number>()(train.step, true);
train.params.dense.bias[0] = 1;
// @ts-expect-error a leaf is written, not replaced
train.params.dense.bias = new Float32Array(3);
// @ts-expect-error lists too
train.grads.scales[0] = new Float32Array(1);
// @ts-expect-error the state too
train.optState[0].mu.dense = params.dense;
// @ts-expect-error a whole member of the chain too
train.optState[0] = state[0];
train.applyGradients(params);
train.applyGradients();
train.applyGradients(train.grads, { value: 1 });
// @ts-expect-error only a call without arguments uses train.grads
train.applyGradients(undefined);
// @ts-expect-error and extra arguments come with gradients
train.applyGradients(undefined, { value: 1 });
export const stepOf = <P>(train: gl.TrainState<P, unknown>, grads: P) => train.applyGradients(grads);
// @ts-expect-error gradients of another tree
train.applyGradients({ dense: params.dense });
// @ts-expect-error an unknown option
gl.TrainState.create({ params, tx: adam, adpot: true });
// @ts-expect-error the optimizer is required
gl.TrainState.create({ params });

// Any object with init and update is a transformation.
const own: gl.GradientTransformation<{ steps: number }> = {
  init: () => ({ steps: 0 }) as never,
  update: (updates, state) => [updates, state],
};
expectType<number>()(gl.chain(own, gl.sgd(0.1)).init(params)[0].steps, true);

// Errors can be told apart by code.
const code: gl.ErrorCode = new gl.GradloomError("SHAPE_MISMATCH", "…").code;
// @ts-expect-error there is no such code
if (code === "SOMETHING") throw new Error();

// Tensors keep their array's type.
const doubles = new Float64Array(6);
expectType<typeof doubles>()(gl.tensor(doubles, [2, 3]).data, true);
// @ts-expect-error the data are a typed array
gl.tensor([1, 2, 3, 4, 5, 6], [2, 3]);

// Types of Optax that have no state in a fixture: aliases of the empty state, and of functions.
const emptyState: gl.EmptyState = {};
emptyState satisfies gl.AddDecayedWeightsState;
emptyState satisfies gl.ScaleByTrustRatioState;
emptyState satisfies gl.NonNegativeParamsState;
({ count: 0 }) satisfies gl.AddDecayedWeightsState;
gl.linearSchedule(
  1,
  0,
  10,
) satisfies gl.Schedule satisfies gl.schedules.Schedule satisfies gl.ScalarOrSchedule;
0.1 satisfies gl.ScalarOrSchedule;
// @ts-expect-error a schedule is a function of the step
0.1 satisfies gl.Schedule;
new gl.WrappedSchedule(() => 1) satisfies gl.schedules.StatefulSchedule<gl.WrappedScheduleState>;
gl.skipNotFinite satisfies gl.ShouldSkipUpdateFunction satisfies gl.transforms.ShouldSkipUpdateFunction;
((step, extra) =>
  step > 1 && extra?.value === 1) satisfies gl.ConditionFn satisfies gl.transforms.ConditionFn;
// @ts-expect-error a condition returns a boolean
((step) => step) satisfies gl.ConditionFn;
({}) satisfies gl.transforms.NonNegativeParamsState;
