import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const w = (...values: number[]) => ({ w: new Float32Array(values) });
const refusal = (code: gl.ErrorCode, path: string) => expect.objectContaining({ code, path });

describe("reduceOnPlateau", () => {
  const { reduceOnPlateau } = gl.contrib;

  it("needs a loss that is a number, and changes nothing without it", () => {
    const train = gl.TrainState.create({ params: w(1), tx: gl.chain(gl.adam(1), reduceOnPlateau()) });
    expect(() => train.applyGradients(w(1))).toThrowError(
      refusal("EXTRA_ARGUMENT_REQUIRED", "reduceOnPlateau.value"),
    );
    expect(() => train.applyGradients(w(1), { value: Number.NaN })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "reduceOnPlateau.value"),
    );
    expect(train.params).toEqual(w(1));
    expect(train.optState[0][0].count).toBe(0);
    expect(train.optState[1].count).toBe(0);
  });

  it("needs a tolerance", () => {
    expect(() => reduceOnPlateau({ rtol: 0 })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "reduceOnPlateau.rtol"),
    );
    expect(() => reduceOnPlateau({ factor: 1 })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "reduceOnPlateau.factor"),
    );
  });

  it("reduces after the patience, then cools down", () => {
    const tx = reduceOnPlateau({ factor: 0.1, patience: 5, rtol: 1e-4, cooldown: 5 });
    let state = tx.init(w(1));
    const next = (value: number) => {
      [, state] = tx.update(w(1), state, undefined, { value });
      return [state.scale, state.bestValue, state.plateauCount, state.cooldownCount];
    };
    expect(next(1)).toEqual([1, 1, 0, 0]);
    expect(next(0.1)).toEqual([1, 0.1, 0, 0]);
    for (let i = 1; i < 5; i++) expect(next(0.1)).toEqual([1, 0.1, i, 0]);
    expect(next(0.1)).toEqual([0.1, 0.1, 0, 5]);
    for (let i = 4; i >= 0; i--) expect(next(0.1)).toEqual([0.1, 0.1, 0, i]);
    expect(next(0.1)).toEqual([0.1, 0.1, 1, 0]);
  });

  it("takes a falling negative loss for an improvement, and no other", () => {
    const tx = reduceOnPlateau({ factor: 0.5, patience: 2, rtol: 0.1, atol: 0.5 });
    let state = tx.init(w(1));
    const next = (value: number) => {
      [, state] = tx.update(w(1), state, undefined, { value });
      return [state.scale, state.bestValue, state.plateauCount];
    };
    expect(next(-10)).toEqual([1, -10, 0]);
    expect(next(-20)).toEqual([1, -20, 0]);
    expect(next(-22.4)).toEqual([1, -20, 1]); // -20 - 0.1 * 20 - 0.5 = -22.5
    expect(next(-19)).toEqual([0.5, -20, 0]);
    expect(next(-22.6)).toEqual([0.5, -22.6, 0]);
  });

  it("improves on a loss of 0, and with rtol 1 on the first one", () => {
    const run = (rtol: number, values: number[]) => {
      const tx = reduceOnPlateau({ rtol });
      let state = tx.init(w(1));
      for (const value of values) [, state] = tx.update(w(1), state, undefined, { value });
      return state.bestValue;
    };
    expect(run(1e-4, [0, -1e-9])).toBe(-1e-9);
    expect(run(1, [3, 2])).toBe(3);
    expect(run(1, [3, -2, -3, -5])).toBe(-5);
  });
});

describe("sam", () => {
  const gradFn = (params: ReturnType<typeof w>) => w(...[...params.w].map((x) => 2 * x));

  it("does in one opaque update what takes a period of transparent ones", () => {
    const make = (opaqueMode: boolean) =>
      gl.contrib.sam(gl.adam(0.1), gl.sgd(0.05), { syncPeriod: 3, opaqueMode });
    const step = gl.TrainState.create({ params: w(1, -2), tx: make(true) });
    const parts = gl.TrainState.create({ params: w(1, -2), tx: make(false) });
    for (let i = 0; i < 4; i++) {
      step.applyGradients(gradFn(step.params), { gradFn });
      for (let k = 0; k < 3; k++) parts.applyGradients(gradFn(parts.params));
    }
    step.params.w.forEach((x, i) => {
      expect(x).toBeCloseTo(parts.params.w[i] as number, 6);
    });
  });

  it("takes the steps of its optimizer with a period of 1", () => {
    for (const resetState of [true, false]) {
      const tx = gl.contrib.sam(gl.sgd(0.1), gl.sgd(0.05), { syncPeriod: 1, resetState });
      const train = gl.TrainState.create({ params: w(1), tx });
      const alone = gl.TrainState.create({ params: w(1), tx: gl.sgd(0.1) });
      for (const expected of [0.9, 0.8, 0.7, 0.6]) {
        const before = structuredClone(train.params);
        train.applyGradients(w(1));
        alone.applyGradients(w(1));
        expect(train.params.w[0]).toBeCloseTo(expected, 6);
        expect(train.params).toEqual(alone.params);
        expect(train.optState.cache).toEqual(before);
      }
    }
  });

  it("needs gradFn in opaque mode, and the parameters", () => {
    const tx = gl.contrib.sam(gl.sgd(1), gl.sgd(1), { opaqueMode: true });
    expect(() => tx.update(w(1), tx.init(w(1)), w(1))).toThrowError(
      refusal("EXTRA_ARGUMENT_REQUIRED", "sam.gradFn"),
    );
    expect(() => tx.update(w(1), tx.init(w(1)))).toThrowError(refusal("PARAMS_REQUIRED", "sam"));
  });
});

describe("scheduleFree", () => {
  it("stays where it is with a learning rate of 0", () => {
    const train = gl.TrainState.create({ params: w(1, 2), tx: gl.contrib.scheduleFreeSgd(0) });
    train.applyGradients(w(3, 4));
    expect(train.params.w[0]).toBeCloseTo(1, 6);
    expect(train.optState.weightSum).toBe(0);
  });

  it("gives the average of z, whatever z is stored as", () => {
    const tx = gl.contrib.scheduleFree(gl.sgd(0.5), 0.5, { stateDtype: "bfloat16" });
    const state = tx.init(w(1, -0.5));
    expect(gl.contrib.scheduleFreeEvalParams(state, w(1, -0.5)).w[1]).toBeCloseTo(-0.5, 6);
  });

  it("returns parameters that a label or mask hides as they are", () => {
    const params = {
      a: w(1, 2),
      b: new Float32Array([3]),
      c: [new Float64Array([4]), new Float32Array([5])],
    };
    const labels = { a: "free", b: "other", c: ["other", "free"] };
    const free = gl.contrib.scheduleFree(gl.sgd(0.5), 0.5, { stateDtype: "bfloat16" });
    for (const stored of [free, gl.contrib.scheduleFreeSgd(0.5)]) {
      const tx = gl.partition({ free: stored, other: gl.sgd(0.1) }, labels as never);
      const train = gl.TrainState.create({ params, tx });
      for (let i = 0; i < 3; i++) train.applyGradients(params);
      const after = train.snapshot();
      const own = { a: params.a, c: params.c[1] } as const;
      const alone = gl.TrainState.create({ params: own, tx: stored });
      for (let i = 0; i < 3; i++) alone.applyGradients(own);
      const ownAfter = alone.snapshot();
      const state = after.optState.innerStates.free.innerState;
      const tested = gl.contrib.scheduleFreeEvalParams(state as never, after.params);
      const expected = gl.contrib.scheduleFreeEvalParams(ownAfter.optState as never, ownAfter.params);
      const { a, b, c } = after.params;
      expect(tested).toEqual({ a: expected.a, b, c: [c[0], expected.c] });
      expect([tested.b.buffer === b.buffer, a]).toEqual([false, ownAfter.params.a]);
      const restored = JSON.parse(JSON.stringify({ ...state, z: null }));
      const z = structuredClone(state.z); // masked nodes become {}
      expect(gl.contrib.scheduleFreeEvalParams({ ...restored, z } as never, after.params)).toEqual(tested);
    }
  });

  it("returns a part that one label hides as it is", () => {
    const params = {
      body: { a: new Float32Array([1]), b: new Float32Array([2]) },
      head: new Float32Array([3]),
    };
    const tx = gl.partition(
      { free: gl.contrib.scheduleFreeSgd(0.5), other: gl.sgd(0.1) },
      { body: "other", head: "free" },
    );
    const [updates, { innerStates }] = tx.update(params, tx.init(params), params);
    const after = gl.applyUpdates(params, updates);
    const state = innerStates.free.innerState;
    expect(gl.contrib.scheduleFreeEvalParams(state as never, after).body).toEqual(after.body);
  });

  it("knows its own state", () => {
    expect(() => gl.contrib.scheduleFreeEvalParams({} as never, w(1))).toThrowError(
      refusal("INVALID_STATE", "scheduleFreeEvalParams.state"),
    );
  });
});
