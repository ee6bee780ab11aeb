import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

type Leaf = Float32Array;
type Tree = { a: Leaf; b: { c: { data: Leaf; shape: number[] } } };

const params: Tree = {
  a: new Float32Array([1, -2, 3]),
  b: { c: { data: new Float32Array([1, 2, 3, 4]), shape: [2, 2] } },
};
const gradsOf = (k: number): Tree => ({
  a: new Float32Array([0.5, -0.25, k]),
  b: { c: { data: new Float32Array([1, k, -1, 0.1]), shape: [2, 2] } },
});

/** A transformation of a user's own, with a state of its own. */
const own: gl.GradientTransformation = {
  init: () => ({ calls: 0 }) as never,
  update: (updates, state) => [
    gl.tree.scale(-0.1, updates),
    { calls: (state as { calls: number }).calls + 1 } as never,
  ],
};

const inside: Record<string, () => gl.GradientTransformation> = {
  own: () => own,
  adamw: () => gl.adamw(0.1),
  clipped: () => gl.chain(gl.clipByGlobalNorm(1), gl.sgd(0.1, { momentum: 0.9 })),
  injected: () => gl.injectHyperparams(gl.adam)(gl.linearSchedule(0.1, 0, 5)),
};

type Wrap = (tx: gl.GradientTransformation) => gl.GradientTransformation;

const wrappers: Record<string, Wrap> = {
  applyIfFinite: (tx) => gl.applyIfFinite(tx, 1),
  conditionallyTransform: (tx) => gl.conditionallyTransform(tx, (step) => step % 2 === 0),
  conditionallyMask: (tx) => gl.conditionallyMask(tx, (step) => step % 3 === 1),
  MultiSteps: (tx) => new gl.MultiSteps(tx, 2),
  "MultiSteps that skips": (tx) =>
    new gl.MultiSteps(tx, (step) => step + 1, { useGradMean: false, shouldSkipUpdateFn: gl.skipNotFinite }),
  flatten: (tx) => gl.flatten(tx),
  masked: (tx) => gl.masked(tx, { a: true, b: false }),
  selectiveTransform: (tx) => gl.selectiveTransform(tx, { a: true, b: false }),
  snapshot: (tx) => gl.chain(gl.snapshot("norm", gl.tree.norm), tx),
  monitor: (tx) => gl.chain(gl.monitor({ norm: gl.measureWithEma(gl.tree.norm, 0.5) }), tx),
  reduceOnPlateau: (tx) => gl.chain(tx, gl.contrib.reduceOnPlateau({ patience: 1, factor: 0.5 })),
  splitRealAndImaginary: (tx) => gl.contrib.splitRealAndImaginary(tx),
  sam: (tx) => gl.contrib.sam(tx, gl.sgd(0.05)),
  scheduleFree: (tx) => gl.contrib.scheduleFree(tx, 0.1),
  mechanize: (tx) => gl.contrib.mechanize(tx),
  "one in another": (tx) =>
    gl.applyIfFinite(new gl.MultiSteps(gl.chain(tx, gl.contrib.reduceOnPlateau({ patience: 1 })), 2), 2),
};

describe("inside every wrapper a transformation gives the same bits pure and in place", () => {
  for (const [wrapper, wrap] of Object.entries(wrappers)) {
    for (const [name, make] of Object.entries(inside)) {
      it(`${wrapper} around ${name}`, () => {
        const tx = wrap(make());
        const train = gl.TrainState.create({ params, tx: wrap(make()) });
        let [current, state] = [params, tx.init(params)];
        for (let k = 0; k < 6; k++) {
          const grads = gradsOf(k);
          const [updates, next] = tx.update(grads, state, current, { value: 1 });
          [current, state] = [gl.applyUpdates(current, updates), next];
          train.applyGradients(grads, { value: 1 });
        }
        expect(train.params).toEqual(current);
        expect(train.optState).toEqual(state);
        train.dispose();
      });
    }
  }
});

describe("a condition", () => {
  it("must return true or false", () => {
    const tx = gl.conditionallyTransform(gl.sgd(1), (step) => step as unknown as boolean);
    expect(() => tx.update(params, tx.init(params))).toThrowError(
      expect.objectContaining({
        code: "INVALID_HYPERPARAMETER",
        path: "conditionallyTransform.shouldTransformFn",
      }),
    );
  });
});

describe("masked", () => {
  const seen: unknown[] = [];
  const spy: gl.GradientTransformation = {
    init: () => ({}) as never,
    update: (updates, state, _, extra) => {
      seen.push(extra?.grad, extra?.value);
      return [updates, state];
    },
  };
  const tree = { a: new Float32Array(1), b: new Float32Array(2) };
  const update = (tx: gl.GradientTransformation) =>
    tx.update(tree, tx.init(tree), tree, { grad: tree, value: 3 });

  it("hides leaves of extra arguments that look like the parameters when asked to", () => {
    const hidden = { a: tree.a, b: new gl.MaskedNode() };
    seen.length = 0;
    update(gl.masked(spy, { a: true, b: false }));
    update(gl.masked(spy, { a: true, b: false }, { maskCompatibleExtraArgs: true }));
    update(
      gl.partition({ x: spy, y: gl.setToZero() }, { a: "x", b: "y" }, { maskCompatibleExtraArgs: true }),
    );
    expect(seen).toEqual([tree, 3, hidden, 3, hidden, 3]);
  });
});
