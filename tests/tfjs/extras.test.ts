import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";
import { problem, twoLayers } from "./models.ts";

/** Rosenbrock's function of two variables. */
const valley = (x: tf.Variable, y: tf.Variable) => (): tf.Scalar =>
  tf.add(tf.square(tf.sub(1, x)), tf.mul(100, tf.square(tf.sub(y, tf.square(x))))) as tf.Scalar;

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  const start = () =>
    [tf.variable(tf.scalar(-1), true, "x"), tf.variable(tf.scalar(1.5), true, "y")] as const;

  it("minimize gives line searches the loss as a function, and changes nothing else while they try", () => {
    const run = (byHand: boolean) => {
      const [x, y] = start();
      const f = valley(x, y);
      const tx = gl.lbfgs();
      if (!byHand) {
        const optimizer = toTfOptimizer(tx);
        optimizer.minimize(f);
        const { numTensors, numBytes } = tf.memory();
        for (let i = 1; i < 40; i++) optimizer.minimize(f);
        expect(tf.memory()).toMatchObject({ numTensors, numBytes });
        return [x, y].map((variable) => variable.dataSync()[0] as number);
      }
      const params = { x: gl.tensor(new Float32Array([-1]), []), y: gl.tensor(new Float32Array([1.5]), []) };
      const train = gl.TrainState.create({ params, tx });
      type Params = { readonly x: gl.Tensor; readonly y: gl.Tensor };
      const valueAndGradFn = (at: Params) => {
        x.assign(tf.scalar(at.x.data[0] as number));
        y.assign(tf.scalar(at.y.data[0] as number));
        const { value, grads } = tf.variableGrads(f, [x, y]);
        const leaf = (key: string) => gl.tensor(grads[key]!.dataSync().slice() as Float32Array, []);
        return [value.dataSync()[0] as number, { x: leaf("x"), y: leaf("y") }] as const;
      };
      for (let i = 0; i < 40; i++) {
        const [value, grad] = valueAndGradFn(train.params as Params);
        train.applyGradients(grad as never, { value, grad, valueAndGradFn });
      }
      return [train.params.x.data[0] as number, train.params.y.data[0] as number];
    };
    const got = run(false);
    tf.disposeVariables();
    const expected = run(true);
    expect(got).toEqual(expected);
    for (const value of got) expect(value).toBeCloseTo(1, 2);
  });

  it("model.fit trains with a line search", async () => {
    const model = twoLayers();
    model.compile({ optimizer: toTfOptimizer(gl.lbfgs()), loss: "meanSquaredError" });
    const { xs, ys } = problem();
    const fullBatch = { batchSize: 32, shuffle: false, verbose: 0 } as const;
    await model.fit(xs, ys, { ...fullBatch, epochs: 2 });
    const { numTensors } = tf.memory();
    const { history } = await model.fit(xs, ys, { ...fullBatch, epochs: 20 });
    expect(tf.memory().numTensors).toBe(numTensors);
    const losses = history.loss as number[];
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] as number));
  });

  it("minimize gives the loss to those that ask for its value", () => {
    const [x, y] = start();
    const f = valley(x, y);
    for (const tx of [gl.polyakSgd(), gl.chain(gl.sgd(1e-3), gl.contrib.reduceOnPlateau())]) {
      const optimizer = toTfOptimizer(tx);
      const first = optimizer.minimize(f, true)?.dataSync()[0] as number;
      for (let i = 0; i < 10; i++) optimizer.minimize(f);
      expect(f().dataSync()[0]).toBeLessThan(first);
    }
  });

  it("reads the loss only where a transformation asks for it", () => {
    const [x, y] = start();
    const f = valley(x, y);
    const reads = (tx: gl.GradientTransformation) => {
      let count = 0;
      const optimizer = toTfOptimizer(tx);
      optimizer.minimize(() => {
        const loss = f();
        const { dataSync } = loss;
        loss.dataSync = ((...args: []) => {
          count += 1;
          return dataSync.apply(loss, args);
        }) as typeof dataSync;
        return loss;
      });
      return count;
    };
    expect(reads(gl.adam(0.1))).toBe(0);
    expect(reads(gl.polyakSgd())).toBe(1);
  });

  it("applyGradients takes them as its second argument", () => {
    const [x, y] = start();
    const optimizer = toTfOptimizer(gl.polyakSgd());
    const { value, grads } = optimizer.computeGradients(valley(x, y));
    optimizer.applyGradients(grads, { value: value.dataSync()[0] });
    expect(x.dataSync()[0]).not.toBe(-1);
  });
});
