import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { tf, useBackend } from "./backends.ts";

afterEach(() => tf.disposeVariables());

const sumOfSquares =
  (...variables: tf.Variable[]) =>
  (): tf.Scalar =>
    tf.addN(variables.map((variable) => tf.sum(tf.square(variable)))) as tf.Scalar;

describe("on any other backend", () => {
  beforeAll(async () => {
    await useBackend("cpu");
    tf.registerBackend("other", () => new MathBackendCPU());
    tf.copyRegisteredKernels("cpu", "other");
    await tf.setBackend("other");
  });

  it("copies, says so, and has the same values as where it works in place", async () => {
    const run = () => {
      const optimizer = toTfOptimizer(gl.adamw(0.1));
      const x = tf.variable(tf.tensor1d([1, 2, 3]));
      const y = tf.variable(tf.scalar(4));
      const f = sumOfSquares(x, y);
      for (let i = 0; i < 5; i++) {
        const before = x.dataSync();
        const copy = [...before];
        optimizer.minimize(f);
        if (tf.getBackend() === "other") expect([...before]).toEqual(copy);
        if (i === 2) y.assign(tf.scalar(7));
      }
      const { numTensors, numBytes } = tf.memory();
      for (let i = 0; i < 20; i++) optimizer.minimize(f);
      expect(tf.memory()).toMatchObject({ numTensors, numBytes });
      return { memory: optimizer.memory, values: [...x.dataSync(), ...y.dataSync()] };
    };
    const other = run();
    expect(other.memory).toEqual({ backend: "other", params: "copied", grads: "copied" });
    await tf.setBackend("cpu");
    expect(run().values).toEqual(other.values);
  });
});

describe("the state of", () => {
  beforeAll(() => useBackend("cpu"));

  const own: gl.GradientTransformation = {
    init: (params) => ({ count: 0, sums: gl.tree.zerosLike(params) }),
    update: (updates, { count, sums }) => {
      const added = gl.tree.add(sums, updates);
      return [gl.tree.scale(-0.01, added), { count: count + 1, sums: added }] as never;
    },
  };

  it.each<[string, () => gl.GradientTransformation]>([
    ["adam", () => gl.adam(0.1)],
    ["adafactor", () => gl.adafactor(0.1, { minDimSizeToFactor: 2 })],
    ["sm3", () => gl.sm3(0.1)],
    ["novograd", () => gl.novograd(0.1)],
    ["schedule-free sgd", () => gl.contrib.scheduleFreeSgd()],
    ["lbfgs", () => gl.lbfgs(0.1, { linesearch: null })],
    ["a transformation of one's own", () => own],
    ["multi-steps", () => new gl.MultiSteps(gl.adam(0.1), 2).gradientTransformation()],
    ["injected hyperparameters", () => gl.injectHyperparams(gl.adam)(0.1)],
    ["muon", () => gl.contrib.muon(0.1)],
  ])("%s stays with its variables when others come and go", (_, tx) => {
    /** Takes steps with x and then also with z, which comes later and whose gradients are zero. */
    const run = (later: boolean) => {
      const optimizer = toTfOptimizer(tx());
      const x = tf.variable(
        tf.tensor2d([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        true,
        "x",
      );
      const y = tf.variable(tf.tensor1d([4, -4]), true, "y");
      const z = tf.variable(tf.tensor1d([0, 0, 0]), true, "z");
      for (let i = 0; i < 6; i++) {
        const others = later && i > 1 && i < 5 ? [z] : [];
        optimizer.minimize(sumOfSquares(x, y, ...others), false, [x, y, ...others]);
      }
      const result = [...x.dataSync(), ...y.dataSync()];
      tf.dispose([x, y, z]);
      return result;
    };
    const [expected, got] = [run(false), run(true)];
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i] as number, 6);
  });

  it("a transformation that sees no variables is refused where others come", () => {
    const optimizer = toTfOptimizer(gl.flatten(gl.adam(0.1)));
    const x = tf.variable(tf.tensor1d([1, 2]), true, "x");
    const y = tf.variable(tf.scalar(4), true, "y");
    optimizer.minimize(sumOfSquares(x), false, [x]);
    const before = [...x.dataSync()];
    expect(() => optimizer.minimize(sumOfSquares(x, y), false, [x, y])).toThrow(
      /optState\[0\].mu: this part of the state belongs to no single variable/,
    );
    expect([...x.dataSync()]).toEqual(before);
    optimizer.minimize(sumOfSquares(x), false, [x]);
  });

  it("an optimizer can be read and set", () => {
    const optimizer = toTfOptimizer(gl.injectHyperparams(gl.sgd)(0.25));
    const x = tf.variable(tf.scalar(8));
    expect(optimizer.optState).toBeUndefined();
    optimizer.minimize(() => tf.square(x));
    expect(x.dataSync()[0]).toBe(4);
    optimizer.optState.hyperparams.learningRate = 0.125;
    optimizer.minimize(() => tf.square(x));
    expect(x.dataSync()[0]).toBe(3);
  });
});
