import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { lower } from "../plan/lowering.ts";
import { NODE, type Transformation } from "../plan/node.ts";
import { layoutOf } from "../pytree/layout.ts";
import { slotsAtRisk } from "./slots-at-risk.ts";

const params = () => ({ w: new Float32Array([1, -2, 3]), b: new Float32Array([0.5]) });
const grads = { w: new Float32Array([0.1, 0.2, -0.3]), b: new Float32Array([0.4]) };

const atRisk = (tx: Transformation): readonly number[] => {
  const tree = params();
  return slotsAtRisk(lower(tx[NODE], layoutOf(tree, "params"), tree).builder);
};

const user: gl.GradientTransformation = { init: () => ({}), update: (updates, state) => [updates, state] };

describe("slots at risk", () => {
  it("are those that kernels write before host code", () => {
    expect(atRisk(gl.trace(0.9))).toEqual([]);
    expect(atRisk(gl.chain(gl.trace(0.9), gl.scaleByAdam()))).toEqual([]);
    expect(atRisk(gl.chain(gl.trace(0.9), user))).toEqual([0]);
    expect(atRisk(gl.chain(user, gl.scaleByAdam()))).toEqual([]);
    expect(atRisk(gl.chain(gl.trace(0.9), user, gl.scaleByAdam()))).toEqual([0]);
    expect(atRisk(gl.chain(gl.scaleByAdam(), user, gl.trace(0.9), user))).toEqual([0, 1, 2]);
  });

  it("are none where the phase before host code is run for its sums alone", () => {
    expect(atRisk(gl.novograd(0.1))).toEqual([]);
  });

  it("are not those that L-BFGS only reads before its recursion: its inner products are all", () => {
    expect(atRisk(gl.lbfgs(1e-3, { linesearch: null }))).toHaveLength(1);
  });

  it(`are put back on ${engineName} where a step fails after L-BFGS`, () => {
    let fails = false;
    const failing = gl.stateless((updates) => {
      if (fails) throw new Error("lost");
      return updates;
    });
    const train = gl.TrainState.create({
      params: params(),
      tx: gl.chain(gl.scaleByLbfgs(), failing, gl.scale(-0.1)),
    });
    for (let i = 0; i < 3; i++) train.applyGradients(grads);
    const before = structuredClone([train.params, train.optState]);
    fails = true;
    expect(() => train.applyGradients(grads)).toThrow("lost");
    expect([train.params, train.optState]).toEqual(before);
  });
});
