import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const params = () => ({ w: gl.tensor(new Float32Array(6).fill(1), [2, 3]) });
const grads = () => ({ w: gl.tensor(new Float32Array([1, -2, 3, -4, 5, -6]), [2, 3]) });

describe("scaleByFactoredRms", () => {
  it("starts like a fresh run where the step offset lies ahead: Optax gives NaN for ever", () => {
    const fresh = gl.scaleByFactoredRms({ minDimSizeToFactor: 2 });
    const ahead = gl.scaleByFactoredRms({ minDimSizeToFactor: 2, stepOffset: 1000 });
    const [expected] = fresh.update(grads(), fresh.init(params()), params());
    const [updates, state] = ahead.update(grads(), ahead.init(params()), params());
    expect(updates).toEqual(expected);
    expect(ahead.update(grads(), state, params())[0].w.data.every(Number.isFinite)).toBe(true);
  });

  it("goes on from the offset", () => {
    const [plain, offset] = [gl.scaleByFactoredRms(), gl.scaleByFactoredRms({ stepOffset: 7 })];
    const state = { ...plain.init(params()), count: 4 };
    const [expected] = plain.update(grads(), state, params());
    expect(offset.update(grads(), { ...state, count: 11 }, params())[0]).toEqual(expected);
  });

  it("keeps one zero in place of what a leaf does not use", () => {
    const state = gl.scaleByFactoredRms({ minDimSizeToFactor: 3 }).init(params());
    expect([state.vRow.w.shape, state.vCol.w.shape, state.v.w.shape]).toEqual([[1], [1], [2, 3]]);
  });

  it("needs the parameters, and a decay that is a number", () => {
    const tx = gl.scaleByFactoredRms({ decayRateFn: () => Number.NaN });
    const state = tx.init(params());
    expect(() => tx.update(grads(), state)).toThrow(expect.objectContaining({ code: "PARAMS_REQUIRED" }));
    expect(() => tx.update(grads(), state, params())).toThrow(/returned NaN/);
  });

  it("refuses a decay outside [0, 1] and says at which step", () => {
    for (const beyond of [-0.1, 1.1]) {
      const tx = gl.scaleByFactoredRms({ decayRateFn: (count) => (count < 1 ? 0.5 : beyond) });
      const [, state] = tx.update(grads(), tx.init(params()), params());
      expect(() => tx.update(grads(), state, params())).toThrow(
        expect.objectContaining({
          code: "INVALID_HYPERPARAMETER",
          path: "scaleByFactoredRms.decayRateFn",
          message: expect.stringContaining(`returned ${beyond} at step 1.`),
        }),
      );
    }
  });
});
