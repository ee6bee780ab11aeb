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

  it("have Optax's older names, made from the same functions", () => {
    for (const [name, value] of Object.entries(gl.treeUtils)) {
      const short = name.replace(/^tree(.)/, (_, letter: string) => letter.toLowerCase());
      if (name.startsWith("tree")) expect(value).toBe((gl.tree as Record<string, unknown>)[short]);
    }
  });
});
