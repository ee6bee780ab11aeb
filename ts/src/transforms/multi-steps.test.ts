import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const w = (...values: number[]) => ({ w: new Float32Array(values) });

describe("MultiSteps", () => {
  it("runs the optimizer inside only when a step is taken", () => {
    let calls = 0;
    const counting: gl.GradientTransformation = {
      init: () => ({}) as never,
      update: (updates, state) => {
        calls += 1;
        return [updates, state];
      },
    };
    const train = gl.TrainState.create({ params: w(0), tx: new gl.MultiSteps(counting, 4) });
    for (let i = 0; i < 11; i++) train.applyGradients(w(i));
    expect(calls).toBe(2);
    expect(train.params).toEqual(w(1.5 + 5.5));
  });

  it("is a large batch in small parts", () => {
    const grads = [w(1, 2), w(3, -2), w(5, 0)];
    const whole = gl.TrainState.create({ params: w(1, 1), tx: gl.adamw(0.1) });
    const parts = gl.TrainState.create({ params: w(1, 1), tx: new gl.MultiSteps(gl.adamw(0.1), 3) });
    for (let i = 0; i < 2; i++) {
      for (const grad of grads) parts.applyGradients(grad);
      whole.applyGradients(w(3, 0));
    }
    expect(parts.params).toEqual(whole.params);
    expect(parts.optState.innerOptState).toEqual(whole.optState);
  });

  it("lets a gradient that is not finite spoil no later step", () => {
    const tx = new gl.MultiSteps(gl.sgd(1), 2);
    const params = w(0);
    let state = tx.init(params);
    const updates = [Number.NaN, 1, 2, 4].map((grad) => {
      const [update, next] = tx.update(w(grad), state, params);
      state = next;
      return update.w[0];
    });
    expect(updates).toEqual([0, Number.NaN, 0, -3]);
  });

  it("takes as many gradients as the schedule says, by steps taken", () => {
    const tx = new gl.MultiSteps(gl.sgd(1), (step) => (step < 2 ? 1 : 3));
    let state = tx.init(w(0));
    const updated = Array.from({ length: 8 }, () => {
      [, state] = tx.update(w(1), state, w(0));
      return tx.hasUpdated(state);
    });
    expect(updated).toEqual([true, true, false, false, true, false, false, true]);
  });

  it("leaves zeroed gradients in the mean", () => {
    const tx = gl.chain(gl.zeroNans(), new gl.MultiSteps(gl.sgd(1), 2));
    let state = tx.init(w(0));
    let updates = w(0);
    for (const grad of [Number.NaN, 4]) [updates, state] = tx.update(w(grad), state, w(0));
    expect(updates).toEqual(w(-2));
  });

  it("changes nothing where the optimizer inside throws", () => {
    const failing: gl.GradientTransformation = {
      init: () => ({}) as never,
      update: () => {
        throw new RangeError("not today");
      },
    };
    const tx = new gl.MultiSteps(gl.chain(gl.trace(0.9), failing), 2);
    const train = gl.TrainState.create({ params: w(1), tx });
    train.applyGradients(w(4));
    const before = structuredClone(train.optState);
    expect(() => train.applyGradients(w(8))).toThrow(RangeError);
    expect(structuredClone(train.optState)).toEqual(before);
    expect([train.params, train.step]).toEqual([w(1), 1]);
  });

  it("refuses a period below 1 and an answer that is neither true nor false", () => {
    const refusal = (path: string) =>
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: `MultiSteps.${path}` });
    expect(() => new gl.MultiSteps(gl.sgd(1), 0)).toThrowError(refusal("everyKSchedule"));
    const scheduled = new gl.MultiSteps(gl.sgd(1), () => 0.5);
    expect(() => scheduled.update(w(1), scheduled.init(w(1)))).toThrowError(refusal("everyKSchedule"));
    const vague = new gl.MultiSteps(gl.sgd(1), 2, {
      shouldSkipUpdateFn: () => [1 as unknown as boolean, {}],
    });
    expect(() => vague.init(w(1))).toThrowError(refusal("shouldSkipUpdateFn"));
  });
});
