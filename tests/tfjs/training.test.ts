import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { engineName, gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";
import { trainFor, twoLayers } from "./models.ts";

const SAME_RULES: [string, () => tf.Optimizer, () => gl.GradientTransformation][] = [
  ["sgd", () => tf.train.sgd(0.05), () => gl.sgd(0.05)],
  ["momentum", () => tf.train.momentum(0.02, 0.9), () => gl.sgd(0.02, { momentum: 0.9 })],
  ["adam", () => tf.train.adam(0.02, 0.9, 0.999, 1e-7), () => gl.adam(0.02, { eps: 1e-7 })],
];

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  it.each(SAME_RULES)("model.fit has the losses of tf.train.%s", async (_, theirs, ours) => {
    const losses = (optimizer: tf.Optimizer) => {
      const model = twoLayers();
      model.compile({ optimizer, loss: "meanSquaredError" });
      return trainFor(model, 5);
    };
    const expected = await losses(theirs());
    const got = await losses(toTfOptimizer(ours()));
    for (const [i, loss] of got.entries()) expect(loss / (expected[i] as number)).toBeCloseTo(1, 4);
  });

  it.each(SAME_RULES)("minimize and applyGradients have the values of tf.train.%s", (_, theirs, ours) => {
    const values = (optimizer: tf.Optimizer, byHand: boolean) => {
      const x = tf.variable(tf.tensor1d([1, -2, 3]));
      const f = () => tf.sum(tf.square(x)) as tf.Scalar;
      for (let i = 0; i < 10; i++) {
        if (!byHand) optimizer.minimize(f);
        else {
          const { value, grads } = tf.variableGrads(f, [x]);
          optimizer.applyGradients(i % 2 ? grads : [{ name: x.name, tensor: grads[x.name] as tf.Tensor }]);
          tf.dispose([value, ...Object.values(grads)]);
        }
      }
      const result = Array.from(x.dataSync());
      x.dispose();
      return result;
    };
    const expected = values(theirs(), false);
    for (const byHand of [false, true]) {
      const got = values(toTfOptimizer(ours()), byHand);
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
    }
  });

  it.each([2, 30_000])("says where %i parameters and their gradients are", (size) => {
    const optimizer = toTfOptimizer(gl.sgd(0.25));
    const x = tf.variable(tf.ones([size]));
    expect(optimizer.memory).toBeUndefined();
    for (let i = 0; i < 3; i++) optimizer.minimize(() => tf.sum(tf.square(x)) as tf.Scalar);
    expect(tf.min(x).dataSync()[0]).toBe(0.125);
    expect(tf.max(x).dataSync()[0]).toBe(0.125);
    const isNative = engineName === "native";
    const params = name === "cpu" || isNative ? "in place" : "copied";
    expect(optimizer.memory).toEqual({
      backend: name,
      params,
      grads: isNative && size > 2 ? "in place" : "copied",
    });
  });

  it("reads gradients that are one tensor, or the memory of a variable", () => {
    const optimizer = toTfOptimizer(gl.sgd(1));
    const make = () => tf.variable(tf.fill([30_000], 3));
    const [x, y, z] = [make(), make(), make()];
    const gradient = tf.ones([30_000]);
    optimizer.applyGradients({ [x.name]: gradient, [y.name]: gradient, [z.name]: x });
    expect([x, y, z].map((variable) => variable.dataSync()[29_999])).toEqual([2, 2, 0]);
    optimizer.applyGradients({ [x.name]: gradient, [y.name]: x, [z.name]: gradient });
    expect([x, y, z].map((variable) => variable.dataSync()[29_999])).toEqual([1, 0, -1]);
    expect(gradient.dataSync()[0]).toBe(1);
  });

  it("keeps tf.memory() flat for 1 000 steps, saves and all", async () => {
    const optimizer = toTfOptimizer(gl.adamw(0.01));
    const x = tf.variable(tf.randomNormal([7, 3]));
    const y = tf.variable(tf.zeros([3]));
    const f = () => tf.sum(tf.square(tf.add(x, y))) as tf.Scalar;
    optimizer.minimize(f);
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    for (let i = 0; i < 1000; i++) {
      optimizer.minimize(f, true, i % 10 ? [x, y] : [y])?.dispose();
      if (i % 100 === 99) await optimizer.getWeights();
    }
    optimizer.minimize(f);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
    expect(optimizer.iterations).toBe(1002);
    optimizer.dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
  });

  it("changes no other tensor that shares the memory of a variable", () => {
    const optimizer = toTfOptimizer(gl.sgd(0.5));
    const given = new Float32Array([1, 2]);
    const initial = tf.tensor1d(given);
    const x = tf.variable(initial);
    const before = x.clone();
    const f = () => tf.sum(tf.square(x)) as tf.Scalar;
    optimizer.minimize(f);
    const between = x.clone();
    const shared = tf.variable(tf.zeros([2]));
    shared.assign(x);
    optimizer.minimize(f);
    x.assign(tf.tensor1d([5, 6]));
    optimizer.minimize(f, false, [x]);
    expect([...given, ...initial.dataSync(), ...before.dataSync()]).toEqual([1, 2, 1, 2, 1, 2]);
    expect([...between.dataSync(), ...shared.dataSync()]).toEqual([0, 0, 0, 0]);
    expect([...x.dataSync()]).toEqual([0, 0]);
  });

  it("leaves values in memory of TensorFlow.js when it is disposed of", () => {
    const optimizer = toTfOptimizer(gl.sgd(0.25));
    const x = tf.variable(tf.tensor1d([4, 8]));
    optimizer.minimize(() => tf.sum(tf.square(x)) as tf.Scalar);
    const clone = x.clone();
    optimizer.dispose();
    optimizer.dispose();
    expect([...x.dataSync(), ...clone.dataSync()]).toEqual([2, 4, 2, 4]);
    expect(() => optimizer.minimize(() => tf.sum(tf.square(x)) as tf.Scalar)).toThrow("disposed");
  });
});
