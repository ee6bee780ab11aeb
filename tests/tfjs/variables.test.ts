import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";
import { twoLayers, weightsOf } from "./models.ts";

const sumOfSquares =
  (...variables: tf.Variable[]) =>
  (): tf.Scalar =>
    tf.addN(variables.map((variable) => tf.sum(tf.square(variable)))) as tf.Scalar;

const valuesOf = (...variables: tf.Variable[]) => variables.map((variable) => [...variable.dataSync()]);

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  const make = (...names: string[]) =>
    names.map((name, i) => tf.variable(tf.tensor1d([i + 1, -2]), true, name));

  /** Takes steps of momentum by hand for one variable that is minimised alone: x -= 0.1 * (v = 0.9 v + 2 x). */
  const expected = (x: number, steps: number): number => {
    let v = 0;
    let at = x;
    for (let i = 0; i < steps; i++) {
      v = 0.9 * v + 2 * at;
      at -= 0.1 * v;
    }
    return at;
  };
  const momentum = () => gl.sgd(0.1, { momentum: 0.9 });

  it("keeps the state of each variable, whatever takes part in a step", () => {
    const optimizer = toTfOptimizer(momentum());
    const [a, b, c] = make("a", "b", "c") as [tf.Variable, tf.Variable, tf.Variable];
    const steps = new Map([
      [a, 0],
      [b, 0],
      [c, 0],
    ]);
    for (const chosen of [[a, b], [b], [c, b, a], [a], [a, c], [b, a], [b, c]]) {
      optimizer.minimize(sumOfSquares(...chosen), false, chosen);
      for (const variable of chosen) steps.set(variable, (steps.get(variable) as number) + 1);
      for (const [i, variable] of [a, b, c].entries()) {
        expect(variable.dataSync()[0]).toBeCloseTo(expected(i + 1, steps.get(variable) as number), 5);
      }
    }
    expect(optimizer.iterations).toBe(7);
  });

  it("trains variables apart that were made of one tensor, which keeps its values", () => {
    const values = tf.tensor1d([1, -2]);
    const [a, b] = [tf.variable(values, true, "a"), tf.variable(values, true, "b")];
    const optimizer = toTfOptimizer(gl.sgd(1));
    optimizer.applyGradients({ a: tf.tensor1d([1, 1]), b: tf.tensor1d([2, 2]) });
    expect(valuesOf(a, b)).toEqual([
      [0, -3],
      [-1, -4],
    ]);
    expect([...values.dataSync()]).toEqual([1, -2]);
  });

  it("leaves variables alone that are not trainable, and goes on with their state when they are again", () => {
    const optimizer = toTfOptimizer(momentum());
    const [a, b] = make("a", "b") as [tf.Variable, tf.Variable];
    const f = sumOfSquares(a, b);
    optimizer.minimize(f, false, [a, b]);
    b.trainable = false;
    const before = valuesOf(b);
    optimizer.minimize(f, false, [a, b]);
    expect(valuesOf(b)).toEqual(before);
    b.trainable = true;
    optimizer.minimize(f, false, [a, b]);
    expect(a.dataSync()[0]).toBeCloseTo(expected(1, 3), 5);
    expect(b.dataSync()[0]).toBeCloseTo(expected(2, 2), 5);
  });

  it("knows a variable by itself: a new one of the same name starts afresh, and the old one's state is gone", async () => {
    const optimizer = toTfOptimizer(momentum());
    const [a, b] = make("a", "b") as [tf.Variable, tf.Variable];
    optimizer.minimize(sumOfSquares(a, b));
    b.dispose();
    optimizer.minimize(sumOfSquares(a));
    const anew = tf.variable(tf.tensor1d([5, 5]), true, "b");
    optimizer.minimize(sumOfSquares(a, anew));
    expect(anew.dataSync()[0]).toBeCloseTo(expected(5, 1), 5);
    expect(a.dataSync()[0]).toBeCloseTo(expected(1, 3), 5);
    anew.dispose();
    optimizer.minimize(sumOfSquares(a));
    const names = (await optimizer.getWeights()).map((weight) => weight.name);
    expect(names.filter((name) => name.startsWith("b"))).toEqual([]);
  });

  it("takes values that have been assigned, and writes where the variable is now", () => {
    const optimizer = toTfOptimizer(gl.sgd(0.25));
    const [a] = make("a") as [tf.Variable];
    optimizer.minimize(sumOfSquares(a));
    for (const value of [8, 16]) {
      const assigned = tf.tensor1d([value, value]);
      a.assign(assigned);
      optimizer.minimize(sumOfSquares(a));
      expect(valuesOf(a)).toEqual([[value / 2, value / 2]]);
      expect([...assigned.dataSync()]).toEqual([value, value]);
    }
  });

  it("trains the two networks of a GAN in turns, with one optimizer or two", () => {
    const run = (d: tf.Optimizer, g: tf.Optimizer) => {
      const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))];
      for (let i = 0; i < 4; i++) {
        d.minimize(sumOfSquares(a, b), false, [a]);
        g.minimize(() => tf.sum(tf.mul(a, b)) as tf.Scalar, false, [b]);
      }
      return valuesOf(a, b);
    };
    const one = toTfOptimizer(momentum());
    expect(run(one, one)).toEqual(run(toTfOptimizer(momentum()), toTfOptimizer(momentum())));
  });

  it("two optimizers share a variable", () => {
    const [x, y] = make("x", "y") as [tf.Variable, tf.Variable];
    const first = toTfOptimizer(gl.sgd(0.25));
    const second = toTfOptimizer(gl.sgd(0.25));
    for (let i = 0; i < 2; i++) {
      first.minimize(sumOfSquares(x, y), false, [x, y]);
      second.minimize(sumOfSquares(y), false, [y]);
    }
    expect(valuesOf(x, y)).toEqual([
      [0.25, -0.5],
      [0.125, -0.125],
    ]);
    first.dispose();
    expect(valuesOf(y)).toEqual([[0.125, -0.125]]);
  });

  it("skips null gradients unless it is told otherwise", () => {
    const withNull = (missingGradient?: "skip" | "zero" | "error") => {
      const optimizer = toTfOptimizer(momentum(), missingGradient && { missingGradient });
      const [a, b] = [tf.variable(tf.tensor1d([1])), tf.variable(tf.tensor1d([2]))];
      optimizer.minimize(sumOfSquares(a, b), false, [a, b]);
      optimizer.minimize(sumOfSquares(a), false, [a, b]);
      return b.dataSync()[0] as number;
    };
    expect(withNull()).toBeCloseTo(expected(2, 1), 5);
    expect(withNull("skip")).toBeCloseTo(expected(2, 1), 5);
    expect(withNull("zero")).toBeCloseTo(expected(2, 1) - 0.1 * 0.9 * 4, 5);
    expect(() => withNull("error")).toThrow(/there is no gradient for this variable/);
  });

  it("goes on when the backend changes", async () => {
    const optimizer = toTfOptimizer(momentum());
    const [a] = make("a") as [tf.Variable];
    for (const next of [...backends, ...backends]) {
      await tf.setBackend(next);
      optimizer.minimize(sumOfSquares(a));
      expect(optimizer.memory?.backend).toBe(next);
    }
    expect(a.dataSync()[0]).toBeCloseTo(expected(1, 4), 5);
    await tf.setBackend(name);
  });

  it("works in layers whose weights are in use while it steps", async () => {
    const model = twoLayers();
    model.compile({ optimizer: toTfOptimizer(gl.sgd(0)), loss: "meanSquaredError" });
    const target = twoLayers();
    target.setWeights(model.getWeights());
    const before = weightsOf(target);
    const optimizer = toTfOptimizer(gl.sgd(0.1));
    model.compile({ optimizer, loss: "meanSquaredError" });
    await model.trainOnBatch(tf.ones([2, 3]), tf.ones([2, 1]));
    await model.trainOnBatch(tf.ones([2, 3]), tf.ones([2, 1]));
    expect(weightsOf(target)).toEqual(before);
    expect(weightsOf(model)).not.toEqual(before);
  });
});

describe("on wasm", () => {
  beforeAll(() => useBackend("wasm"));
  afterEach(() => tf.disposeVariables());

  it("finds variables again when the memory of the backend grows", () => {
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const run = (grow: boolean) => {
      const optimizer = toTfOptimizer(gl.adam(0.1));
      const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
      const kept: tf.Tensor[] = [];
      for (let i = 0; i < 5; i++) {
        const { buffer } = wasm.HEAPU8;
        if (grow) while (wasm.HEAPU8.buffer === buffer) kept.push(tf.zeros([1 << 20]));
        optimizer.minimize(sumOfSquares(a, b), false, [a, b]);
      }
      tf.dispose(kept);
      return valuesOf(a, b);
    };
    expect(run(true)).toEqual(run(false));
  });

  it("saves, and lets variables come and go, after the memory has grown", async () => {
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const kept: tf.Tensor[] = [];
    const grow = () => {
      const { buffer } = wasm.HEAPU8;
      while (wasm.HEAPU8.buffer === buffer) kept.push(tf.zeros([1 << 20]));
    };
    const optimizer = toTfOptimizer(gl.adam(0.1));
    const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
    optimizer.minimize(sumOfSquares(a), false, [a]);
    grow();
    expect((await optimizer.getWeights()).length).toBe(4);
    optimizer.minimize(sumOfSquares(a, b), false, [a, b]);
    grow();
    b.dispose();
    optimizer.minimize(sumOfSquares(a), false, [a]);
    grow();
    optimizer.dispose();
    tf.dispose(kept);
    expect(a.dataSync()[0]).toBeCloseTo(0.7, 2);
  });

  it("takes a step whose line search makes the memory grow", () => {
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const run = (grow: boolean) => {
      const optimizer = toTfOptimizer(gl.lbfgs());
      const x = tf.variable(tf.tensor1d([1, 2]));
      const kept: tf.Tensor[] = [];
      let calls = 0;
      const f = () => {
        const { buffer } = wasm.HEAPU8;
        calls += 1;
        while (grow && calls % 4 === 0 && wasm.HEAPU8.buffer === buffer)
          kept.push(tf.keep(tf.zeros([1 << 20])));
        return tf.sum(tf.square(tf.mul(x, [1, 3]))) as tf.Scalar;
      };
      for (let i = 0; i < 4; i++) optimizer.minimize(f);
      tf.dispose(kept);
      return [...x.dataSync()];
    };
    expect(run(true)).toEqual(run(false));
  });
});
