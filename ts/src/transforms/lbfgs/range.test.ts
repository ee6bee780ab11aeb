/** L-BFGS computes in double precision whatever its leaves are: squares of large or small gradients are no limit. */
import { describe, expect, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";
import { PARTS, readParts, writeParts } from "./parts.ts";

describe("numbers in double precision", () => {
  it("fit a buffer of single precision", () => {
    const numbers = Float64Array.of(0, 1 / 3, -1e200, 3.4e38, 1e-300, 2 ** 1023, 2 ** -1022, 5e-324);
    const buffer = new Float32Array(PARTS * numbers.length);
    writeParts(buffer, numbers);
    expect(buffer.every(Number.isFinite)).toBe(true);
    readParts(buffer).forEach((found, i) => {
      const number = numbers[i] as number;
      expect(Math.abs(found - number)).toBeLessThanOrEqual(Math.abs(number) * 2 ** -47);
    });
  });
});

describe.each([1, 1e19, 3e37, 1e-19, 1e-30])("gradients of the size %d", (size) => {
  /** size/2 |p|², weighted; f32 leaves. */
  const weights = [1, 2, 4];
  const gradOf = ({ w }: { w: Float32Array }) => ({ w: w.map((x, i) => size * (weights[i] as number) * x) });
  const run = (tx: gl.GradientTransformation) => {
    const train = gl.TrainState.create({ params: { w: Float32Array.of(1, -1, 0.5) }, tx });
    for (let i = 0; i < 6; i++) train.applyGradients(gradOf(train.params));
    return train;
  };

  it("give the first step the length 1, or their own where that is less", () => {
    const tx = gl.scaleByLbfgs();
    const params = { w: Float32Array.of(1, -1, 0.5) };
    const [{ w }] = tx.update(gradOf(params), tx.init(params), params);
    const norm = Math.hypot(...gradOf(params).w);
    expect(Math.hypot(...w) / Math.min(1, norm)).toBeCloseTo(1, 5);
  });

  it("reach the minimum as others do", () => {
    const { params, optState } = run(gl.chain(gl.scaleByLbfgs({ memorySize: 3 }), gl.scale(-1)));
    expect(optState[0].weightsMemory.every(Number.isFinite)).toBe(true);
    expect(params.w.every(Number.isFinite)).toBe(true);
    if (size >= 1) expect(Math.hypot(...params.w)).toBeLessThan(0.2);
  });

  it("and a line search find the minimum", () => {
    const value = ({ w }: { w: Float32Array }) =>
      w.reduce((sum, x, i) => sum + (size / 2) * (weights[i] as number) * x * x, 0);
    const valueAndGradFn = (params: { w: Float32Array }) => [value(params), gradOf(params)];
    const train = gl.TrainState.create({ params: { w: Float32Array.of(1, -1, 0.5) }, tx: gl.lbfgs() });
    const first = value(train.params);
    for (let i = 0; i < 8; i++) {
      const grad = gradOf(train.params);
      train.applyGradients(grad, { value: value(train.params), grad, valueAndGradFn });
    }
    expect(train.params.w.every(Number.isFinite)).toBe(true);
    if (size >= 1) expect(value(train.params) / first).toBeLessThan(1e-6);
  });
});
