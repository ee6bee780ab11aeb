import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";
import { saved, trainFor, twoLayers, weightsOf } from "./models.ts";

const loss = "meanSquaredError";

const CHAIN = () =>
  gl.chain(
    gl.clipByGlobalNorm(1),
    gl.adamw(gl.warmupCosineDecaySchedule(0, 0.1, 3, 20), {
      weightDecay: 0.01,
      mask: gl.pathMask(/kernel$/),
    }),
  );

/** Optimizers whose states have counts, half-precision arrays, numbers for each leaf, keys, lists and no arrays at all. */
const OPTIMIZERS: [string, () => gl.GradientTransformation][] = [
  ["a chain with clipping, a schedule and a mask", CHAIN],
  ["half-precision moments", () => gl.adam(0.01, { muDtype: "bfloat16" })],
  ["sm3, with several arrays for a leaf", () => gl.sm3(0.1)],
  ["adafactor", () => gl.adafactor(0.01, { minDimSizeToFactor: 2 })],
  ["noise with a key", () => gl.noisySgd(0.01)],
  ["novograd, with a number for each leaf", () => gl.novograd(0.01)],
  ["hyperparameters in the state", () => gl.injectHyperparams(gl.adam)(gl.linearSchedule(0.1, 0.01, 10))],
  [
    "partition",
    () =>
      gl.partition({ a: gl.adam(0.01), b: gl.sgd(0.1, { momentum: 0.9 }) }, (tree) =>
        gl.traverse.pathAwareMap((path) => (path.at(-1) === "bias" ? "b" : "a"), tree),
      ),
  ],
  ["sgd, without a state", () => gl.sgd(0.1)],
];

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  const trained = async (optimizer: tf.Optimizer, epochs: number) => {
    const model = twoLayers();
    model.compile({ optimizer, loss });
    await trainFor(model, epochs);
    return model;
  };

  it.each(OPTIMIZERS)("a loaded model goes on with the same bits: %s", async (title, tx) => {
    const expected = await trained(toTfOptimizer(tx()), 5);
    const artifacts = await saved(await trained(toTfOptimizer(tx(), { name: title }), 2));
    tf.disposeVariables();
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    await trainFor(model, 3);
    expect(weightsOf(model)).toEqual(weightsOf(await trained(toTfOptimizer(tx()), 5)));
    expect((model.optimizer as ReturnType<typeof toTfOptimizer>).iterations).toBe(10);
    expect(expected.countParams()).toBe(model.countParams());
  });

  it("gives the state of a loaded model to an optimizer by hand where it has no name", async () => {
    const artifacts = await saved(await trained(toTfOptimizer(CHAIN()), 2));
    const expected = weightsOf(await trained(toTfOptimizer(CHAIN()), 5));
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    await expect(trainFor(model, 1)).rejects.toThrow(/toTfOptimizer\(tx, \{ name \}\)/);
    const optimizer = toTfOptimizer(CHAIN());
    await optimizer.setWeights(await model.optimizer.getWeights());
    model.compile({ optimizer, loss });
    await trainFor(model, 3);
    expect(weightsOf(model)).toEqual(expected);
  });

  it("finds variables whose names were taken, and masks that speak of the names in the file", async () => {
    const original = await trained(toTfOptimizer(CHAIN(), { name: "alive" }), 2);
    const model = await tf.loadLayersModel(tf.io.fromMemory(await saved(original)));
    expect(model.trainableWeights[0]?.name).toMatch(/^hidden\/kernel_\d+$/);
    await trainFor(original, 3);
    await trainFor(model, 3);
    expect(weightsOf(model)).toEqual(weightsOf(original));
  });

  it("gives states to variables in their order where no name fits", async () => {
    const run = async (names: string[], others: string[]) => {
      const optimizer = toTfOptimizer(gl.adam(0.1));
      const make = (list: string[]) => list.map((name) => tf.variable(tf.tensor1d([1, 2]), true, name));
      const step = (by: typeof optimizer, list: tf.Variable[]) =>
        by.minimize(() => tf.sum(tf.square(tf.add(list[0]!, tf.mul(list[1]!, 2)))) as tf.Scalar, false, list);
      const first = make(names);
      step(optimizer, first);
      const next = toTfOptimizer(gl.adam(0.1));
      await next.setWeights(await optimizer.getWeights());
      const second = make(others);
      for (const [i, variable] of second.entries()) variable.assign(first[i]!.clone());
      step(optimizer, first);
      step(next, second);
      return [first, second].map((list) => list.map((variable) => [...variable.dataSync()]));
    };
    const [first, second] = await run(["a", "b"], ["x", "y"]);
    expect(second).toEqual(first);
  });

  it("refuses to guess where layers that were numbered anew have each other's names", async () => {
    const make = (...names: string[]) =>
      names.map((name) => tf.variable(tf.tensor1d([1, 2]), true, `${name}/kernel`));
    const gradientsOf = (list: tf.Variable[]) =>
      list.map(({ name }, i) => ({ name, tensor: tf.tensor1d([i + 1, 1]) }));
    const optimizer = toTfOptimizer(gl.sgd(0.1, { momentum: 0.9 }));
    const [one, two, three] = make("dense_Dense1", "dense_Dense2", "dense_Dense3");
    optimizer.applyGradients(gradientsOf([one!, two!]));
    const next = toTfOptimizer(gl.sgd(0.1, { momentum: 0.9 }));
    await next.setWeights(await optimizer.getWeights());
    expect(() => next.applyGradients(gradientsOf([two!, three!]))).toThrow(
      expect.objectContaining({ code: "INVALID_STATE", path: "dense_Dense3/kernel" }),
    );
    next.applyGradients(gradientsOf([two!]));
    expect(next.optState[0].trace.dense_Dense2.kernel.data).toEqual(Float32Array.of(0.9 * 2 + 1, 0.9 + 1));
  });

  it("refuses weights of another optimizer or other variables, and keeps its own state", async () => {
    const optimizer = toTfOptimizer(gl.adam(0.1));
    const x = tf.variable(tf.tensor1d([1, 2]), true, "x");
    const f = () => tf.sum(tf.square(x)) as tf.Scalar;
    optimizer.minimize(f);
    const before = JSON.stringify(optimizer.optState);
    const adam = tf.train.adam(0.1);
    adam.minimize(f);
    await expect(optimizer.setWeights(await adam.getWeights())).rejects.toThrow(
      "not the weights of a gradloom optimizer",
    );
    const other = toTfOptimizer(gl.sgd(0.1, { momentum: 0.9 }));
    other.minimize(f);
    await expect(optimizer.setWeights(await other.getWeights())).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
    await expect(optimizer.setWeights((await optimizer.getWeights()).slice(0, -2))).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
    expect(JSON.stringify(optimizer.optState)).toBe(before);
    const good = await optimizer.getWeights();
    const text = good.at(-1)?.tensor.dataSync()[0] as unknown as string;
    const broken = (change: (rest: { parts: unknown; variables: { state: unknown[] }[] }) => void) => {
      const rest = JSON.parse(text);
      change(rest);
      return [...good.slice(0, -1), { name: "gradloom.json", tensor: tf.tensor([JSON.stringify(rest)]) }];
    };
    const malformed = [
      broken((rest) => rest.variables[0]?.state.pop()),
      broken((rest) => Object.assign(rest, { variables: null })),
      broken((rest) => Object.assign(rest, { parts: 3 })),
      [...good.slice(0, -1), { name: "gradloom.json", tensor: tf.tensor(["{"]) }],
      [{ name: "iter", tensor: tf.scalar(-1, "int32") }, ...good.slice(1)],
      undefined as never,
    ];
    for (const weights of malformed) {
      await expect(optimizer.setWeights(weights)).rejects.toMatchObject({ code: "INVALID_STATE" });
    }
    expect(JSON.stringify(optimizer.optState)).toBe(before);
    const foreign = toTfOptimizer(gl.adam(0.1));
    await foreign.setWeights(await optimizer.getWeights());
    const [y, z] = [tf.variable(tf.scalar(1), true, "y"), tf.variable(tf.scalar(1), true, "z")];
    const g = () => tf.mul(y, z) as tf.Scalar;
    expect(() => foreign.minimize(g, false, [y, z])).toThrow(/It has x\./);
    expect(() => foreign.minimize(() => tf.square(y), false, [y])).toThrow(/y: expected a Float32Array/);
    foreign.minimize(f, false, [x]);
    expect(foreign.iterations).toBe(2);
  });

  it("goes on from weights that were read before the first step", async () => {
    const optimizer = toTfOptimizer(gl.adam(0.1));
    const copy = toTfOptimizer(gl.adam(0.1));
    await copy.setWeights(await optimizer.getWeights());
    const x = tf.variable(tf.scalar(1));
    copy.minimize(() => tf.square(x));
    expect(copy.iterations).toBe(1);
    expect((await copy.saveIterations()).tensor.dataSync()[0]).toBe(1);
  });
});
