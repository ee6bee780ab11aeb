import { grad, type JsTree, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { describe, expect, it } from "vitest";
import { JaxTrainState, toJaxTransformation } from "../../ts/src/jax/index.ts";
import { load, save } from "../../ts/src/safetensors/index.ts";
import { engineName, gl } from "../engine.ts";
import { liveBuffers } from "./arrays.ts";

type Params = { layers: { w: np.Array; b: np.Array }[]; scale: np.Array };

const waves = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(seed + 12.9898 * i));

const params = (): Params => ({
  layers: [
    { w: np.array(waves(6, 1), { shape: [2, 3] }), b: np.array(waves(3, 2)) },
    { w: np.array(waves(300, 3), { shape: [3, 100] }), b: np.zeros([100]) },
  ],
  scale: np.array(Float32Array.of(0.5), { shape: [] }),
});
const host = () => ({
  layers: [
    { w: gl.tensor(waves(6, 1), [2, 3]), b: waves(3, 2) },
    { w: gl.tensor(waves(300, 3), [3, 100]), b: new Float32Array(100) },
  ],
  scale: gl.tensor(Float32Array.of(0.5), []),
});

const x = np.array(waves(8, 4), { shape: [4, 2] });
const loss = ({ layers, scale }: Params): np.Array => {
  let y = x.ref;
  for (const { w, b } of layers) y = np.tanh(np.matmul(y, w).add(b));
  return np.square(y.mul(scale)).mean();
};

/** Copies the arrays of a tree to the host; consumes none. */
const copy = (given: JsTree<np.Array>): Float32Array[] =>
  tree.leaves<np.Array>(given).map((array) => array.ref.dataSync() as Float32Array<ArrayBuffer>);

const toHost = (given: Params) => ({
  layers: given.layers.map(({ w, b }) => ({
    w: gl.tensor(w.ref.dataSync() as Float32Array<ArrayBuffer>, w.shape),
    b: b.ref.dataSync() as Float32Array<ArrayBuffer>,
  })),
  scale: gl.tensor(given.scale.ref.dataSync() as Float32Array<ArrayBuffer>, []),
});

const chains: Record<string, () => gl.GradientTransformation> = {
  adamw: () => gl.chain(gl.clipByGlobalNorm(0.5), gl.adamw(gl.cosineDecaySchedule(0.05, 20))),
  muon: () => gl.contrib.muon(0.02),
  "hyperparameters in the state": () => gl.injectHyperparams(gl.sgd)(0.3, { momentum: 0.9 }),
  "moments in bfloat16": () => gl.adam(0.05, { muDtype: "bfloat16" }),
  "a frozen layer": () =>
    gl.chain(
      gl.adam(0.05),
      gl.freeze((p: object) => gl.pathMask(/^layers\[0\]/)(p)),
    ),
  "every second step": () => new gl.MultiSteps(gl.adam(0.05), 2).gradientTransformation(),
};

describe(`training of jax-js's parameters, on ${engineName}`, () => {
  for (const [name, tx] of Object.entries(chains)) {
    it(`${name}: has the bits of a TrainState over typed arrays, in place and as pure functions`, () => {
      const kept = JaxTrainState.create({ params: params(), tx: tx() });
      const typed = gl.TrainState.create({ params: host(), tx: tx() });
      const solver = toJaxTransformation(tx());
      let pure = params();
      let state = solver.init(tree.ref(pure));
      for (let step = 0; step < 5; step++) {
        const grads = grad(loss)(tree.ref(kept.params));
        typed.applyGradients(toHost(grads));
        const [updates, next] = solver.update(tree.ref(grads), state, tree.ref(pure));
        pure = tree.map((p: np.Array, u: np.Array) => p.add(u), pure, updates);
        state = next;
        kept.applyGradients(grads);
      }
      const expected = toHost(kept.params);
      expect(typed.params).toEqual(expected);
      const [a, b] = [copy(pure), copy(kept.params)];
      a.forEach((array, i) => {
        array.forEach((value, k) => {
          expect(value).toBeCloseTo(b[i]?.[k] as number, 5);
        });
      });
      expect(kept.step).toBe(5);
      expect(kept.transfer).toBe("host");
      expect(kept.engine).toBe(typed.engine);
      tree.dispose([pure, state]);
      kept.dispose();
    });
  }

  it("consumes what it is given, once for each reference", () => {
    const given = params();
    const train = JaxTrainState.create({ params: tree.ref(given), tx: gl.sgd(0.1) });
    expect(tree.leaves<np.Array>(given).map(({ refCount }) => refCount)).toEqual([1, 1, 1, 1, 1]);
    const grads = grad(loss)(given);
    expect(given.scale.refCount).toBe(0);
    train.applyGradients(tree.ref(grads));
    train.applyGradients(grads);
    expect(grads.scale.refCount).toBe(0);
  });

  it("takes one array as the beginning of several parameters, and as several gradients", () => {
    const none = liveBuffers();
    const [start, gradient] = [np.array(waves(3, 1)), np.array(waves(3, 2))];
    const train = JaxTrainState.create({
      params: { a: start.ref, b: start },
      tx: gl.sgd(gl.constantSchedule(1)),
    });
    train.applyGradients({ a: gradient.ref, b: gradient });
    train.applyGradients({ a: np.zeros([3]), b: np.array(waves(3, 3)) });
    const sub = (x: Float32Array, y: Float32Array) => x.map((value, i) => value - (y[i] as number));
    const a = sub(waves(3, 1), waves(3, 2));
    expect(copy(train.params)).toEqual([a, sub(a, waves(3, 3))]);
    train.dispose();
    expect(liveBuffers()).toBe(none);
  });

  it("makes arrays again that were consumed, and leaves those that someone holds", () => {
    const train = JaxTrainState.create({ params: { w: np.array([1, 2]) }, tx: gl.sgd(1) });
    expect(train.params.w.js()).toEqual([1, 2]);
    expect(train.params.w.js()).toEqual([1, 2]);
    const held = train.params.w.ref;
    train.applyGradients({ w: np.array([1, 1]) });
    expect([held.js(), train.params.w.js()]).toEqual([
      [1, 2],
      [0, 1],
    ]);
    train.dispose();
    expect(() => train.params).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });

  it("goes on from a snapshot, and from a state of the pure functions", () => {
    const tx = chains.adamw?.() as gl.GradientTransformation;
    const straight = JaxTrainState.create({ params: params(), tx });
    let train = JaxTrainState.create({ params: params(), tx });
    for (let i = 0; i < 6; i++) {
      straight.applyGradients(grad(loss)(tree.ref(straight.params)));
      train.applyGradients(grad(loss)(tree.ref(train.params)));
      if (i % 2) train = JaxTrainState.create({ ...train.snapshot(), tx }) as never;
    }
    expect(toHost(train.params)).toEqual(toHost(straight.params));
    expect(train.step).toBe(6);

    const solver = toJaxTransformation(tx);
    let state = solver.init(params());
    const grads = grad(loss)(params());
    [, state] = solver.update(tree.ref(grads), state, params());
    const resumed = JaxTrainState.create({ params: params(), tx, optState: tree.ref(state), step: 1 });
    const [updates] = solver.update(tree.ref(grads), state, params());
    resumed.applyGradients(grads);
    expect(resumed.step).toBe(2);
    expect(resumed.params.layers[1]?.b.js()).toEqual(updates.layers[1]?.b.js());
  });

  it("is saved as safetensors, and goes on from there with the same bits", () => {
    const tx = chains.adamw?.() as gl.GradientTransformation;
    const straight = JaxTrainState.create({ params: params(), tx });
    const grads = () => grad(loss)(tree.ref(straight.params));
    straight.applyGradients(grads());
    const saved = load(save(straight), { tx });
    const resumed = JaxTrainState.create({ ...saved, params: saved.params as ReturnType<typeof host>, tx });
    const next = grads();
    straight.applyGradients(tree.ref(next));
    resumed.applyGradients(next);
    expect(resumed.step).toBe(2);
    expect(toHost(resumed.params as Params)).toEqual(toHost(straight.params));
  });

  it("gives objectives of jax-js to a line search", async () => {
    const objective = ({ w }: { w: np.Array }) => np.square(w.sub(np.array([1, -2, 3]))).sum();
    const both = valueAndGrad(objective);
    const train = JaxTrainState.create({ params: { w: np.array([4, 4, 4]) }, tx: gl.lbfgs() });
    const before = liveBuffers();
    for (let i = 0; i < 8; i++) {
      const [value, gradient] = both(tree.ref(train.params));
      const extra = { value, grad: tree.ref(gradient), valueAndGradFn: both };
      if (i % 2) train.applyGradients(gradient, extra);
      else {
        const valueAndGradFn = async (p: { w: np.Array }) => both(p);
        await train.applyGradientsAsync(gradient, { ...extra, valueAndGradFn });
      }
    }
    const found = train.params.w.ref.js() as number[];
    [1, -2, 3].forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 4);
    });
    expect(liveBuffers() - before).toBeLessThanOrEqual(1);
  });

  it("takes the gradients of the fast parameters with lookahead", () => {
    const pair = () => ({ fast: { w: np.array([1, 2]) }, slow: { w: np.array([1, 2]) } });
    const tx = gl.lookahead(gl.sgd(0.5), 2, 0.5);
    const train = JaxTrainState.create({ params: pair(), tx });
    const solver = toJaxTransformation(tx);
    const state = solver.init(pair());
    const [updates] = solver.update({ w: np.array([1, 1]) } as never, state, pair() as never) as never as [
      ReturnType<typeof pair>,
    ];
    expect(updates.fast.w.js()).toEqual([-0.5, -0.5]);
    expect(updates.slow.w.js()).toEqual([0, 0]);
    for (let i = 0; i < 2; i++) train.applyGradients({ w: np.array([1, 1]) } as never);
    expect(train.params.slow.w.ref.js()).toEqual([0.5, 1.5]);
    expect(() => train.applyGradients(pair() as never)).toThrow(
      expect.objectContaining({ code: "STRUCTURE_MISMATCH", path: "grads.w" }),
    );
  });
});
