import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSameBits, expectSameNumbers } from "../conformance/compare.ts";
import { type AnyTree, byPath, flat } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { fill, skeleton, train, transformation } from "./arbitraries.ts";

const setting = { numRuns: 60 };
const array = fc.constantFrom(Float32Array, Float64Array);

const leavesOf = (tree: AnyTree): AnyTree[] => {
  if (ArrayBuffer.isView(tree)) return [tree];
  const sorted = Array.isArray(tree)
    ? tree
    : Object.keys(tree)
        .sort()
        .map((key) => tree[key]);
  return sorted.flatMap(leavesOf);
};

describe(`laws of composition on ${engineName}`, () => {
  it("chain is associative", () => {
    const members = fc.tuple(transformation(), transformation(), transformation());
    fc.assert(
      fc.property(skeleton, members, array, fc.nat(99), (shape, [a, b, c], array, seed) => {
        const params = fill(shape, array, seed);
        const grads = [1, 2, 3].map((step) => fill(shape, array, seed + 100 * step));
        const together = train(gl.chain(a(), b(), c()), params, grads);
        for (const tx of [gl.chain(gl.chain(a(), b()), c()), gl.chain(a(), gl.chain(b(), c()))]) {
          const nested = train(tx, params, grads);
          expectSameBits(flat(nested.updates), flat(together.updates), "updates");
          expectSameBits(flat(nested.params), flat(together.params), "params");
        }
      }),
      setting,
    );
  });

  it("identity is neutral in a chain", () => {
    fc.assert(
      fc.property(skeleton, transformation(), array, fc.nat(99), (shape, make, array, seed) => {
        const params = fill(shape, array, seed);
        const grads = [1, 2].map((step) => fill(shape, array, seed + 100 * step));
        const alone = train(make(), params, grads);
        const padded = train(gl.chain(gl.identity(), make(), gl.identity()), params, grads);
        expectSameBits(flat(padded.params), flat(alone.params), "params");
      }),
      setting,
    );
  });

  it("masked is the transformation on the subset, and nothing on the rest", () => {
    fc.assert(
      fc.property(
        skeleton,
        transformation(),
        array,
        fc.nat(99),
        fc.array(fc.boolean()),
        (shape, make, array, seed, coins) => {
          const params = fill(shape, array, seed);
          const grads = fill(shape, array, seed + 100);
          let i = 0;
          const maskOf = (node: AnyTree): AnyTree => {
            if (ArrayBuffer.isView(node)) return coins[i++ % Math.max(coins.length, 1)] ?? true;
            if (Array.isArray(node)) return node.map(maskOf);
            const entries = Object.keys(node)
              .sort()
              .map((key) => [key, maskOf(node[key])] as const);
            return Object.fromEntries(entries);
          };
          const mask = maskOf(params);
          const shown = leavesOf(params).map((_, j) => coins[j % Math.max(coins.length, 1)] ?? true);
          const pick = (tree: AnyTree) => leavesOf(tree).filter((_, j) => shown[j]);

          const tx = gl.masked(make(), mask);
          const [updates] = tx.update(grads, tx.init(params), params);
          const inner = make();
          const [expected] = inner.update(pick(grads), inner.init(pick(params)), pick(params));
          let k = 0;
          leavesOf(updates).forEach((leaf, j) => {
            const wanted = shown[j] ? (expected as AnyTree[])[k++] : leavesOf(grads)[j];
            expectSameBits([...leaf], [...wanted], `leaf ${j}`);
          });
        },
      ),
      setting,
    );
  });

  it("an update in place is the pure update, bit for bit", () => {
    const members = fc.array(transformation(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(skeleton, members, array, fc.nat(99), (shape, makers, array, seed) => {
        const params = fill(shape, array, seed);
        const grads = [1, 2, 3].map((step) => fill(shape, array, seed + 100 * step));
        const pure = train(gl.chain(...makers.map((make) => make())), params, grads);
        const state = gl.TrainState.create({ params, tx: gl.chain(...makers.map((make) => make())) });
        for (const grad of grads) state.applyGradients(grad);
        expectSameBits(flat(state.params), flat(pure.params), "params");
        expectSameNumbers(byPath(state.optState), byPath(pure.state), "state");
        state.dispose();
      }),
      setting,
    );
  });

  it("a user's own transformation in the middle changes no number", () => {
    const own = {
      init: () => ({}),
      update: (updates: AnyTree, state: AnyTree) => [updates, state] as [AnyTree, AnyTree],
    };
    fc.assert(
      fc.property(skeleton, transformation(), transformation(), fc.nat(99), (shape, a, b, seed) => {
        const params = fill(shape, Float32Array, seed);
        const grads = [1, 2, 3].map((step) => fill(shape, Float32Array, seed + 100 * step));
        const fused = train(gl.chain(a(), b()), params, grads);
        const split = train(gl.chain(a(), own, b()), params, grads);
        expectSameBits(flat(split.params), flat(fused.params), "params");
      }),
      setting,
    );
  });
});
