import { describe, expect, it } from "vitest";
import type { AnyTree } from "../../../tests/conformance/trees.ts";
import { engineName, gl } from "../../../tests/engine.ts";

const f = (...x: number[]) => Float32Array.of(...x);
const good = () => ({ w: f(1, 2), b: f(1) });

const BAD: Record<string, [tree: AnyTree, path: string]> = {
  "another shape": [{ w: f(1, 2), b: f(1, 2) }, ".b"],
  "another dtype": [{ w: f(1, 2), b: Float64Array.of(1) }, ".b"],
  "a missing leaf": [{ w: f(1, 2) }, ".b"],
  "null for a leaf": [{ w: f(1, 2), b: null }, ".b"],
  "a leaf too many": [{ ...good(), c: f(1) }, ".c"],
  "a list for a leaf": [{ w: f(1, 2), b: [f(1)] }, ".b"],
  "a list for the tree": [[f(1)], ""],
};

const STATEFUL: Record<string, () => AnyTree> = {
  momentum: () => gl.sgd(0.1, { momentum: 0.9 }),
  adam: () => gl.adam(0.1),
  "adam with a small mu": () => gl.adam(0.1, { muDtype: "bfloat16" }),
  adamw: () => gl.adamw(0.1, { mask: { w: true, b: false } }),
  "a factored state": () => gl.scaleByFactoredRms({ minDimSizeToFactor: 2 }),
  "a state in parts": () => gl.scaleBySm3(),
  masked: () => gl.masked(gl.adam(0.1), { w: false, b: true }),
  partition: () => gl.partition({ x: gl.adam(0.1), y: gl.sgd(0.1, { momentum: 0.9 }) }, { w: "x", b: "y" }),
};

const thrownBy = (call: () => unknown): AnyTree => {
  try {
    call();
  } catch (error) {
    return error;
  }
};

describe(`a tree that does not fit, on ${engineName}`, () => {
  for (const [name, make] of Object.entries(STATEFUL)) {
    for (const [kind, [tree, at]] of Object.entries(BAD)) {
      it(`is named: ${kind}, ${name}`, () => {
        const tx = make();
        const state = tx.init(good());
        expect(thrownBy(() => tx.update(tree, state, good()))?.path).toBe(`updates${at}`);
        expect(thrownBy(() => tx.update(tree, state))?.path).toBe(`updates${at}`);
        expect(thrownBy(() => tx.update(good(), state, tree))?.path).toBe(`params${at}`);
        const [, next] = tx.update(good(), state, good());
        expect(thrownBy(() => tx.update(tree, next))?.path).toBe(`updates${at}`);
        expect(thrownBy(() => tx.update(tree, structuredClone(next), good()))?.path).toBe(`updates${at}`);
      });
    }
  }

  it("is the gradient where the state does not tell", () => {
    const tx: AnyTree = gl.sgd(0.1);
    for (const [kind, [tree, at]] of Object.entries(BAD)) {
      if (kind === "null for a leaf") continue; // A null gradient leaves its parameter out.
      expect(thrownBy(() => tx.update(tree, tx.init(good()), good()))?.path).toBe(`updates${at}`);
      expect(thrownBy(() => tx.update(tree, {}, good()))?.path).toBe(`updates${at}`);
      expect(thrownBy(() => tx.update(good(), tx.init(good()), tree))?.path).toBe(`params${at}`);
    }
  });

  it("is the gradient where a restored state shows what it was made for", () => {
    const at = (tx: AnyTree, tree: AnyTree) =>
      thrownBy(() => tx.update(tree, structuredClone(tx.init(good()))));
    for (const tx of [gl.adam(0.1), gl.adam(0.1, { muDtype: "bfloat16" }), gl.scaleBySm3()]) {
      for (const [tree, path] of Object.values(BAD)) expect(at(tx, tree)?.path).toBe(`updates${path}`);
    }
    expect(at(gl.adam(0.1), { w: f(1, 2), b: f(1, 2) })).toMatchObject({
      code: "SHAPE_MISMATCH",
      message: expect.stringContaining("expected shape [1] as in state[0].mu.b, got [2]."),
    });
    expect(at(gl.adam(0.1), { w: f(1, 2), b: Float64Array.of(1) })).toMatchObject({
      code: "DTYPE_MISMATCH",
      message: expect.stringContaining("expected float32 as in state[0].mu.b, got float64."),
    });
  });

  it("is the state where parts of it differ, or it belongs to another optimizer or other parameters", () => {
    const tx: AnyTree = gl.adam(0.1);
    const state = tx.init(good());
    const wrong = { w: f(1, 2), b: f(1, 2) };
    const of = (other: AnyTree, params?: AnyTree) => thrownBy(() => tx.update(good(), other, params))?.path;
    expect(of([{ ...state[0], nu: wrong }, state[1]], good())).toBe("state[0].nu.b");
    expect(of([{ ...state[0], nu: wrong }, state[1]])).toBe("state[0].nu.b");
    expect(of(gl.sgd(0.1).init(good()), good())).toBe("state[0]");
    expect(of(tx.init(wrong), good())).toBe("state[0].mu.b");
  });

  it("is what a transformation of one's own returned", () => {
    const own = (update: (updates: AnyTree, state: AnyTree) => AnyTree): AnyTree =>
      gl.chain(gl.scale(1), { init: () => ({}), update });
    const step = (tx: AnyTree) => thrownBy(() => tx.update(good(), tx.init(good())));
    expect(step(own((updates, state) => [{ ...updates, b: f(1, 2) }, state]))?.path).toBe(
      "chain[1].update()[0].b",
    );
    expect(step(own((updates) => updates))).toMatchObject({
      path: "chain[1].update",
      message: expect.stringContaining("expected [updates, state], got an object."),
    });
    expect(step(own(() => undefined))?.message).toContain("got undefined.");
  });

  it("changes nothing: the next call is right", () => {
    const tx: AnyTree = gl.adam(0.1);
    const state = tx.init(good());
    const [expected] = tx.update(good(), state);
    thrownBy(() => tx.update({ w: f(1, 2) }, state));
    thrownBy(() => tx.update(good(), state, { w: f(1, 2) }));
    expect(tx.update(good(), state)[0]).toEqual(expected);
  });
});
