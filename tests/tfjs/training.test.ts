import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";

const model = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: 8,
        activation: "tanh",
        inputShape: [3],
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  const losses = async (optimizer: tf.Optimizer) => {
    const xs = tf.randomNormal([32, 3], 0, 1, "float32", 5);
    const ys = tf.tidy(() => tf.sum(tf.square(xs), 1, true));
    const trained = model();
    trained.compile({ optimizer, loss: "meanSquaredError" });
    const { history } = await trained.fit(xs, ys, { epochs: 5, batchSize: 16, shuffle: false, verbose: 0 });
    return history.loss as number[];
  };

  it.each([
    ["sgd", () => tf.train.sgd(0.05), () => gl.sgd(0.05)],
    ["momentum", () => tf.train.momentum(0.02, 0.9), () => gl.sgd(0.02, { momentum: 0.9 })],
    ["adam", () => tf.train.adam(0.02, 0.9, 0.999, 1e-7), () => gl.adam(0.02, { eps: 1e-7 })],
  ])("model.fit has the losses of tf.train.%s", async (_, theirs, ours) => {
    const expected = await losses(theirs());
    const optimizer = toTfOptimizer(ours());
    const got = await losses(optimizer);
    got.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] as number, 4));
  });
});
