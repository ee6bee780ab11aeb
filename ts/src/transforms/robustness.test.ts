/** Cases in which Optax gives NaN for ever and this library does not. */
import { expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

const steps = (tx: GradientTransformation, inputs: number[][]): number[][] => {
  let state = tx.init({ w: new Float32Array(inputs[0]?.length ?? 0) });
  return inputs.map((input) => {
    const [updates, next] = tx.update({ w: Float32Array.from(input) }, state);
    state = next;
    return Array.from(updates.w);
  });
};

it("a variance that rounding makes negative is 0", () => {
  const constant = Array.from({ length: 60 }, () => [0.1, 1, 3, 10, 33.3]);
  for (const epsInSqrt of [true, false]) {
    const tx = gl.scaleByStddev({ decay: 0.5, biasCorrection: true, epsInSqrt });
    for (const updates of steps(tx, constant)) expect(updates.every(Number.isFinite)).toBe(true);
  }
});

it("a NaN in applyEvery is gone with the steps it came in", () => {
  const tx = gl.applyEvery({ k: 2 });
  expect(steps(tx, [[1], [Number.NaN], [2], [3], [4], [5]])).toEqual([[0], [Number.NaN], [0], [5], [0], [9]]);
});

it("an infinity in applyEvery is held back until its turn", () => {
  const tx = gl.applyEvery({ k: 2 });
  expect(steps(tx, [[Number.POSITIVE_INFINITY], [1]])).toEqual([[0], [Number.POSITIVE_INFINITY]]);
});

it("scaleByRadam has no threshold at which its factor would be NaN", () => {
  expect(() => gl.scaleByRadam({ threshold: 3 })).toThrow(/scaleByRadam\.threshold/);
  const tx = gl.scaleByRadam({ threshold: 4 });
  const updates = steps(
    tx,
    Array.from({ length: 20 }, (_, i) => [1 + i, -2]),
  );
  for (const update of updates) expect(update.every(Number.isFinite)).toBe(true);
});
