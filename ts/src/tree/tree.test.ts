import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const refusal = (code: string, path: string) => expect.objectContaining({ code, path });

describe("functions of trees", () => {
  it("keep the structure, the kind of leaf and its type", () => {
    const tree = { b: [new Float64Array([1])], a: gl.tensor(new Float32Array([1, 2]), [2, 1]), none: null };
    const sum = gl.tree.add(tree, tree);
    expect(sum).toEqual({
      b: [new Float64Array([2])],
      a: gl.tensor(new Float32Array([2, 4]), [2, 1]),
      none: null,
    });
    expect(Object.keys(sum)).toEqual(["b", "a", "none"]);
  });

  it("say where trees differ", () => {
    const x = { a: [new Float32Array(2)] };
    expect(() => gl.tree.add(x, { a: [] } as never)).toThrowError(refusal("STRUCTURE_MISMATCH", "treeY.a"));
    expect(() => gl.tree.add(x, { b: 1 } as never)).toThrowError(refusal("STRUCTURE_MISMATCH", "treeY.b"));
    expect(() => gl.tree.vdot(x, { a: [new Float32Array(3)] })).toThrowError(
      refusal("SHAPE_MISMATCH", "treeY.a[0]"),
    );
    expect(() => gl.tree.scale(2, { a: 3 })).toThrowError(refusal("INVALID_TREE", "tree.a"));
    expect(() => gl.tree.scale(2, new Int32Array(1))).toThrowError(refusal("DTYPE_MISMATCH", "tree"));
  });

  it("refuse what has no meaning", () => {
    const x = new Float32Array(2);
    expect(() => gl.tree.norm(x, { ord: 3 })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "tree.norm.ord"),
    );
    expect(() => gl.tree.dtype([x, new Float64Array(1)])).toThrowError(refusal("DTYPE_MISMATCH", "tree[1]"));
    const halves = [gl.tree.cast(x, "float16"), gl.tree.cast(x, "bfloat16")];
    expect(() => gl.tree.dtype(halves, { mixedDtypeHandler: "highest" })).toThrowError(
      refusal("DTYPE_MISMATCH", "tree.dtype"),
    );
    expect(() => gl.biasCorrection(x, 0.9, 0)).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "biasCorrection.count"),
    );
  });

  it("take the norm of 16-bit leaves, rounded to their type", () => {
    const tree = { a: new Float32Array([3]), b: gl.tensor(new Float32Array([4, 12]), [2, 1]) };
    for (const type of ["bfloat16", "float16"] as const) {
      const half = gl.tree.cast(tree, type);
      expect(gl.globalNorm(half)).toBe(13);
      for (const [ord, norm] of [
        [1, 19],
        [2, 13],
        [Number.POSITIVE_INFINITY, 12],
      ] as const) {
        expect(gl.tree.norm(half, { ord })).toBe(norm);
      }
    }
    const ones = new Float32Array([1, 1]);
    expect(gl.tree.norm(gl.tree.cast(ones, "bfloat16"))).toBe(1.4140625);
    expect(gl.tree.norm([gl.tree.cast(ones, "float16"), new Float32Array(1)])).toBe(Math.fround(Math.SQRT2));
  });

  it("have Optax's older names, made from the same functions", () => {
    const deprecated = /^tree(ScalarMul|AddScalarMul|L1Norm|L2Norm|LinfNorm)$/;
    for (const [name, value] of Object.entries(gl.treeUtils)) {
      if (deprecated.test(name)) continue;
      const short = name.replace(/^tree(.)/, (_, letter: string) => letter.toLowerCase());
      if (name.startsWith("tree")) expect(value).toBe((gl.tree as Record<string, unknown>)[short]);
    }
  });
});
