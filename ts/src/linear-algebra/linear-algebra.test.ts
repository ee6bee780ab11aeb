import { describe, expect, it } from "vitest";
import * as gl from "../entry/node.ts";
import { multiply, power, readSquare } from "./matrix.ts";

const A = gl.tensor(new Float64Array([4, 1, 0.5, 1, 3, -1, 0.5, -1, 9]), [3, 3]);

describe("matrixInversePthRoot", () => {
  it.each([1, 2, 3, 5, 8])("root^%i times the matrix is the identity", (p) => {
    const [root, error] = gl.matrixInversePthRoot(A, p, { ridgeEpsilon: 0 });
    const { data } = multiply(power(readSquare(root, "root"), p), readSquare(A, "A"));
    expect(error).toBeLessThan(1e-6);
    for (const [i, x] of data.entries()) expect(x).toBeCloseTo(i % 4 === 0 ? 1 : 0, 5);
  });

  it("refuses exponents that are no positive integers", () => {
    const refusal = expect.objectContaining({
      code: "INVALID_HYPERPARAMETER",
      path: "matrixInversePthRoot.p",
    });
    for (const p of [0, 1.5, -2]) expect(() => gl.matrixInversePthRoot(A, p)).toThrowError(refusal);
  });
});

describe("powerIteration", () => {
  it("asks for a first vector where the matrix is a function", () => {
    const refusal = expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: "powerIteration.v0" });
    expect(() => gl.powerIteration((v: Float32Array) => v)).toThrowError(refusal);
  });

  it("refuses a matrix that is not square and a vector that does not fit", () => {
    const wide = gl.tensor(new Float32Array(2), [1, 2]);
    expect(() => gl.powerIteration(wide)).toThrowError(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
    expect(() => gl.powerIteration(A, { v0: new Float32Array(2) })).toThrowError(
      expect.objectContaining({ code: "SHAPE_MISMATCH", path: "powerIteration.v0" }),
    );
  });
});

describe("nnls", () => {
  it("refuses a right-hand side of another height", () => {
    expect(() => gl.nnls(A, new Float64Array(2), 1)).toThrowError(
      expect.objectContaining({ code: "SHAPE_MISMATCH", path: "nnls.b" }),
    );
  });
});
