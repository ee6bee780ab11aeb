/**
 * Flax's guide "Upgrading my codebase to Optax from flax.optim", section by section. In each, `left` is the code as
 * it was and `right` the same training with this library; both must end at the same parameters.
 */
import { describe, it } from "vitest";
import { expectClose, expectSameBits } from "../conformance/compare.ts";
import { flat } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { Adam, Momentum, MultiOptimizer } from "./flax-optim.ts";
import { batches, type FloatArray, globalL2, grad, initialParams, mapTree, type Tree } from "./model.ts";

const learningRate = 0.1;
const momentum = 0.9;
const weightDecay = 1e-3;
const gradClipNorm = 1;
const schedule = gl.warmupCosineDecaySchedule(0, 0.2, 3, 10);

type Transformation = gl.GradientTransformation;

/** Trains with the pure functions, as the guide's right column does. */
const trainPure = (tx: Transformation, start: Tree<FloatArray>): Tree<FloatArray> => {
  let params = start;
  let state = tx.init(params);
  for (const batch of batches) {
    const [updates, nextState] = tx.update(grad(params, batch), state, params);
    params = gl.applyUpdates(params, updates);
    state = nextState;
  }
  return params;
};

/** Trains with TrainState. */
const trainInPlace = (tx: Transformation, start: Tree<FloatArray>): Tree<FloatArray> => {
  const train = gl.TrainState.create({ params: start, tx });
  for (const batch of batches) train.applyGradients(grad(train.params, batch));
  return train.params;
};

/** Expects the same parameters from both columns: within 1e-12 in double precision, within 1e-5 in single. */
const expectSameTraining = (
  left: (params: Tree<Float64Array>) => Tree<Float64Array>,
  right: () => Transformation,
) => {
  const expected = flat(left(initialParams(Float64Array)));
  for (const train of [trainPure, trainInPlace]) {
    expectClose(flat(train(right(), initialParams(Float64Array))), expected, 1e-12, `${train.name} f64`);
    expectClose(flat(train(right(), initialParams(Float32Array))), expected, 1e-5, `${train.name} f32`);
  }
};

describe(`from flax.optim to gradloom on ${engineName}`, () => {
  it("replacing flax.optim", () => {
    const left = (params: Tree<Float64Array>) => {
      const optimizerDef = Momentum(learningRate, momentum);
      let optimizer = optimizerDef.create(params);
      for (const batch of batches) optimizer = optimizer.applyGradient(grad(optimizer.target, batch));
      return optimizer.target;
    };

    const right = () => gl.sgd(learningRate, { momentum });

    expectSameTraining(left, right);
  });

  it("composable gradient transformations", () => {
    const left = gl.sgd(learningRate, { momentum });

    const right = gl.chain(
      // 1. Keep a trace of past updates and add it to the gradients.
      gl.trace(momentum),
      // 2. Multiply by the negative learning rate: applyUpdates adds.
      gl.scale(-learningRate),
    );

    for (const array of [Float32Array, Float64Array] as const) {
      const start = initialParams<FloatArray>(array);
      expectSameBits(flat(trainPure(right, start)), flat(trainPure(left, start)), "params");
    }
  });

  it("weight decay", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = Adam(learningRate, { weightDecay }).create(params);
      for (const batch of batches) optimizer = optimizer.applyGradient(grad(optimizer.target, batch));
      return optimizer.target;
    };

    const right = () =>
      gl.chain(
        gl.scaleByAdam(),
        gl.addDecayedWeights({ weightDecay }),
        // params -= learningRate * (adam(grads) + params * weightDecay)
        gl.scale(-learningRate),
      );
    const alias = () => gl.adamw(learningRate, { weightDecay });

    expectSameTraining(left, right);
    expectSameTraining(left, alias);
  });

  it("weight decay where the optimizer has none of its own", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = Momentum(learningRate, momentum, weightDecay, true).create(params);
      for (const batch of batches) optimizer = optimizer.applyGradient(grad(optimizer.target, batch));
      return optimizer.target;
    };

    const right = () =>
      gl.chain(gl.addDecayedWeights({ weightDecay }), gl.sgd(learningRate, { momentum, nesterov: true }));

    expectSameTraining(left, right);
  });

  it("gradient clipping", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = Momentum(learningRate, momentum).create(params);
      for (const batch of batches) {
        const grads = grad(optimizer.target, batch);
        const factor = Math.min(1, gradClipNorm / globalL2(grads));
        optimizer = optimizer.applyGradient(mapTree((_, g) => g.map((x) => x * factor), grads));
      }
      return optimizer.target;
    };

    const right = () =>
      gl.chain(gl.clipByGlobalNorm(gradClipNorm), gl.trace(momentum), gl.scale(-learningRate));

    expectSameTraining(left, right);
  });

  it("learning rate schedules", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = Momentum(learningRate, momentum).create(params);
      for (const [step, batch] of batches.entries()) {
        const grads = grad(optimizer.target, batch);
        optimizer = optimizer.applyGradient(grads, { learningRate: schedule(step) });
      }
      return optimizer.target;
    };

    const right = () =>
      gl.chain(
        gl.trace(momentum),
        // Updates are still scaled by a negative value.
        gl.scaleBySchedule((step) => -schedule(step)),
      );
    const alias = () => gl.sgd(schedule, { momentum });
    const injected = () => gl.injectHyperparams(gl.sgd)(schedule, { momentum });

    expectSameTraining(left, right);
    expectSameTraining(left, alias);
    expectSameTraining(left, injected);
  });

  it("multiple optimizers", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = MultiOptimizer(
        [(path) => path.includes("kernel"), Momentum(learningRate, momentum)],
        [(path) => path.includes("bias"), Momentum(learningRate * 0.1, momentum)],
      ).create(params);
      for (const batch of batches) optimizer = optimizer.applyGradient(grad(optimizer.target, batch));
      return optimizer.target;
    };

    const params = initialParams(Float64Array);
    const kernels = new gl.traverse.ModelParamTraversal((path) => path.includes("kernel"));
    const biases = new gl.traverse.ModelParamTraversal((path) => path.includes("bias"));
    const allFalse = gl.traverse.pathAwareMap(() => false, params);
    const kernelsMask = kernels.update(() => true, allFalse);
    const biasesMask = biases.update(() => true, allFalse);

    const right = () =>
      gl.chain(
        gl.trace(momentum),
        gl.masked(gl.scale(-learningRate), kernelsMask),
        gl.masked(gl.scale(-learningRate * 0.1), biasesMask),
      );
    const labelled = () =>
      gl.multiTransform(
        { kernel: gl.sgd(learningRate, { momentum }), bias: gl.sgd(learningRate * 0.1, { momentum }) },
        { dense1: { kernel: "kernel", bias: "bias" }, dense2: { kernel: "kernel", bias: "bias" } },
      );

    expectSameTraining(left, right);
    expectSameTraining(left, labelled);
  });

  it("updating a subset of parameters", () => {
    const left = (params: Tree<Float64Array>) => {
      let optimizer = MultiOptimizer([(path) => path.startsWith("/dense2"), Adam(learningRate)]).create(
        params,
      );
      for (const batch of batches) optimizer = optimizer.applyGradient(grad(optimizer.target, batch));
      return optimizer.target;
    };

    const right = () =>
      gl.multiTransform(
        { train: gl.adam(learningRate), freeze: gl.setToZero() },
        { dense1: "freeze", dense2: "train" },
      );

    expectSameTraining(left, right);
  });
});
