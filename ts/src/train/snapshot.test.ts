import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const params = () => ({ w: new Float32Array([1, -2, 3]), b: gl.tensor(new Float32Array([0.5]), []) });
const grads = (k: number) => ({
  w: new Float32Array([k, 2 - k, 0.1 * k]),
  b: gl.tensor(new Float32Array([k / 3]), []),
});

const own: gl.GradientTransformation = {
  init: () => ({ seen: 0, last: new Float32Array(1) }),
  update: (updates, state) => [updates, { seen: state.seen + 1, last: new Float32Array([state.seen]) }],
};

const chains: Record<string, () => gl.GradientTransformation> = {
  adamw: () => gl.adamw(gl.linearSchedule(0.1, 0, 10), { muDtype: "bfloat16" }),
  masked: () => gl.masked(gl.adam(0.1), { w: true, b: false }),
  "a key and noise": () => gl.noisySgd(0.1, { key: 7 }),
  "one's own": () => gl.chain(own, gl.sgd(0.1)),
  "a line search": () => gl.chain(gl.sgd(0.1), gl.scaleByBacktrackingLinesearch(3)),
  "every third": () => new gl.MultiSteps(gl.adam(0.1), 3),
  mechanize: () => gl.contrib.mechanize(gl.sgd(0.1)),
};

const extra = {
  value: 1,
  grad: grads(1),
  valueFn: () => 0.5,
  valueAndGradFn: () => [0.5, grads(1)] as const,
};

describe("a snapshot", () => {
  for (const [name, tx] of Object.entries(chains)) {
    it(`${name}: training goes on from it with the same bits`, () => {
      const straight = gl.TrainState.create({ params: params(), tx: tx() });
      let train = gl.TrainState.create({ params: params(), tx: tx() });
      for (let k = 1; k < 7; k++) {
        straight.applyGradients(grads(k), extra);
        train.applyGradients(grads(k), extra);
        if (k % 2 === 0) train = gl.TrainState.create({ ...structuredClone(train.snapshot()), tx: tx() });
      }
      expect(train.step).toBe(6);
      expect(structuredClone(train.snapshot())).toEqual(structuredClone(straight.snapshot()));
    });
  }

  it("shares no memory with the state, nor does a state made from it", () => {
    const tx = gl.chain(own, gl.adam(0.1));
    const train = gl.TrainState.create({ params: params(), tx });
    train.applyGradients(grads(1));
    const snapshot = train.snapshot();
    const copy = structuredClone(snapshot);
    const resumed = gl.TrainState.create({ ...snapshot, tx });
    train.applyGradients(grads(2));
    resumed.applyGradients(grads(2));
    resumed.optState[0].last[0] = 99;
    expect(snapshot).toEqual(copy);
    expect([...resumed.params.w]).toEqual([...train.params.w]);
  });

  it("has the caller's arrays as they are, where they were adopted", () => {
    const own = params();
    const train = gl.TrainState.create({ params: own, tx: gl.sgd(1), adopt: true });
    own.w[0] = 40;
    expect(train.snapshot().params.w[0]).toBe(40);
    expect(train.snapshot().params.w).not.toBe(own.w);
  });

  it("of another transformation, or of other parameters, is refused", () => {
    const { optState } = gl.TrainState.create({ params: params(), tx: gl.adam(0.1) }).snapshot();
    expect(() => gl.TrainState.create({ params: params(), tx: gl.novograd(0.1), optState })).toThrow(
      expect.objectContaining({ code: "INVALID_STATE" }),
    );
    const other = { w: new Float32Array(2), b: gl.tensor(new Float32Array(1), []) };
    expect(() => gl.TrainState.create({ params: other, tx: gl.adam(0.1), optState })).toThrow(
      expect.objectContaining({ code: "SHAPE_MISMATCH", path: "optState[0].mu.w" }),
    );
    expect(() => gl.TrainState.create({ params: params(), tx: gl.adam(0.1), optState, step: 0.5 })).toThrow(
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: "TrainState.create.step" }),
    );
  });

  describe("of a transformation of one's own", () => {
    class Rng {
      n = 0;
      next = () => ++this.n;
    }
    const holding = (held: unknown) =>
      gl.chain({ init: () => ({ list: [1, held] }) as never, update: (u, s) => [u, s] }, gl.sgd(1));
    const snapshotWith = (held: unknown) =>
      gl.TrainState.create({ params: params(), tx: holding(held) }).snapshot();

    it("copies what is built in", () => {
      const held = {
        map: new Map([["a", { b: new Float64Array([1]) }]]),
        set: new Set([new Date(7)]),
        bytes: new Uint8Array([1, 2]).buffer,
        big: 1n,
        fn: Math.sin,
      };
      const [{ list }] = snapshotWith(held).optState;
      expect(list[1]).toEqual(held);
      expect((list[1] as typeof held).map.get("a")).not.toBe(held.map.get("a"));
    });

    it("refuses objects that have no faithful copy, such as class instances, and names their path", () => {
      class Table extends Map {}
      for (const [held, path] of [
        [new Rng(), "optState[0].list[1]"],
        [{ deep: [new Rng()] }, "optState[0].list[1].deep[0]"],
        [new Map([["a", new Rng()]]), "optState[0].list[1]"],
        [new Table(), "optState[0].list[1]"],
        [Promise.resolve(), "optState[0].list[1]"],
      ] as const) {
        expect(() => snapshotWith(held)).toThrow(expect.objectContaining({ code: "INVALID_STATE", path }));
      }
    });
  });

  it("of a state that is gone is refused", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.adam(0.1) });
    train.dispose();
    expect(() => train.snapshot()).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });
});
