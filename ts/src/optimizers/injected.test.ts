/** Hyperparameters that are also initial values of a state can be injected. */
import { expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

const params = { w: new Float32Array([1, 1]) };
const grads = { w: new Float32Array([1, -1]) };

it("rprop takes its first step size from the injected learning rate, and only that", () => {
  const tx = gl.injectHyperparams(gl.rprop)(0.5);
  const state = tx.init(params);
  state.hyperparams.learningRate = 3;
  const [, next] = tx.update(grads, state, params);
  const [updates] = tx.update(grads, next, params);
  expect(updates.w).toEqual(new Float32Array([-0.5, 0.5]));
});

it("adagrad and yogi run with injected accumulators", () => {
  const run = (tx: GradientTransformation) => tx.update(grads, tx.init(params), params)[0].w;
  const root = run(gl.injectHyperparams(gl.adagrad)(1, { initialAccumulatorValue: 3, eps: 0 }));
  expect(root).toEqual(new Float32Array([-0.5, 0.5]));
  const moments = run(gl.injectHyperparams(gl.scaleByYogi)({ initialAccumulatorValue: 3 }));
  expect(moments.every(Number.isFinite)).toBe(true);
});

it("optimisticAdam refuses a schedule", () => {
  // @ts-expect-error the learning rate is a number
  expect(() => gl.optimisticAdam((count: number) => 1 / count)).toThrow(/optimisticAdam\.learningRate/);
});

it("takes one name of a static argument as well as a list", () => {
  const params = { w: new Float32Array(1) };
  const names = (staticArgs: string | string[]) =>
    Object.keys(
      gl.injectHyperparams(gl.sgd, { staticArgs })(0.1, { momentum: 0.9 }).init(params).hyperparams,
    );
  expect(names("momentum")).toEqual(["learningRate"]);
  expect(names(["momentum"])).toEqual(["learningRate"]);
  expect(() => names("momentun")).toThrowError(expect.objectContaining({ code: "UNKNOWN_OPTION" }));
});
