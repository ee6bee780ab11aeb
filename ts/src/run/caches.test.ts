import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

const f = (...x: number[]) => Float32Array.of(...x);

/** What may stand where there is no leaf: each makes a layout of its own. */
const NOTHING: Record<string, () => unknown> = {
  null: () => null,
  "an empty object": () => ({}),
  "an empty list": () => [],
  MaskedNode: () => new gl.MaskedNode(),
};

describe(`layouts that differ where there is no leaf, on ${engineName}`, () => {
  const kinds = Object.entries(NOTHING);
  for (const [first, one] of kinds) {
    for (const [second, other] of kinds) {
      it(`${first}, then ${second}: results have the structure of their own updates`, () => {
        const tx = gl.chain(
          gl.scaleByAdam(),
          gl.masked(gl.scale(2), (tree: object) => ({ w: true, none: "none" in tree && false })),
        );
        for (const nothing of [one, other, one]) {
          const tree = { w: f(1), none: nothing() };
          const state = tx.init(tree);
          const [updates, next] = tx.update(tree, state, tree);
          const found = [updates.none, state[0].mu.none, next[0].nu.none];
          expect(found).toEqual([nothing(), nothing(), nothing()]);
          for (const value of found) {
            expect(Object.getPrototypeOf(value ?? Object.prototype)).toBe(
              Object.getPrototypeOf(nothing() ?? Object.prototype),
            );
          }
        }
      });
    }
  }

  it("integers and floats in a place, and keys in another order, are told apart too", () => {
    const tx = gl.scale(2);
    const run = (tree: object) => tx.update(tree as { w: Float32Array }, tx.init(tree) as never)[0];
    expect(Object.keys(run({ a: f(1), b: f(2) }))).toEqual(["a", "b"]);
    expect(Object.keys(run({ b: f(2), a: f(1) }))).toEqual(["b", "a"]);
    const masked = gl.masked(gl.scale(2), { w: true, n: false });
    const update = (n: unknown) =>
      masked.update({ w: f(1), n } as never, masked.init({ w: f(1), n }) as never)[0] as { n: unknown };
    expect(update(f(1)).n).toEqual(f(1));
    expect(update(Int32Array.of(1)).n).toEqual(Int32Array.of(1));
    expect(update(Uint32Array.of(1)).n).toEqual(Uint32Array.of(1));
    expect(update({ data: Uint32Array.of(1), shape: [1] }).n).toEqual({
      data: Uint32Array.of(1),
      shape: [1],
    });
  });
});
