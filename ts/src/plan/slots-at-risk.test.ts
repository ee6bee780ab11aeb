import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { layoutOf } from "../pytree/layout.ts";
import { lower } from "./lowering.ts";
import { NODE, type Transformation } from "./node.ts";
import { slotsAtRisk } from "./slots-at-risk.ts";

const params = () => ({ w: new Float32Array([1, -2, 3]), b: new Float32Array([0.5]) });
const grads = { w: new Float32Array([0.1, 0.2, -0.3]), b: new Float32Array([0.4]) };

/** How many slots are at risk. */
const atRisk = (tx: Transformation): number => {
  const tree = params();
  return slotsAtRisk(lower(tx[NODE], layoutOf(tree, "params"), tree).builder).length;
};

const throwing = gl.stateless(() => {
  throw new Error("lost");
});

describe("slots at risk", () => {
  it("are those that kernels write before host code", () => {
    expect(atRisk(gl.trace(0.9))).toBe(0);
    expect(atRisk(gl.chain(gl.trace(0.9), throwing))).toBe(1);
    expect(atRisk(gl.chain(throwing, gl.trace(0.9)))).toBe(0);
  });

  it("are not those that L-BFGS only reads before its recursion: its inner products are all", () => {
    expect(atRisk(gl.lbfgs(1e-3, { linesearch: null }))).toBe(1);
  });

  it(`are put back on ${engineName} where a step fails after L-BFGS`, () => {
    let fails = false;
    const user = gl.stateless((updates) => {
      if (fails) throw new Error("lost");
      return updates;
    });
    const train = gl.TrainState.create({
      params: params(),
      tx: gl.chain(gl.scaleByLbfgs(), user, gl.scale(-0.1)),
    });
    for (let i = 0; i < 3; i++) train.applyGradients(grads);
    const before = structuredClone([train.params, train.optState]);
    fails = true;
    expect(() => train.applyGradients(grads)).toThrow("lost");
    expect([train.params, train.optState]).toEqual(before);
  });
});
