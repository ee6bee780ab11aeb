import { type JsTree, jit, numpy as np, tree } from "@jax-js/jax";
import {
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  type GradientTransformation,
  identity,
  l2Loss,
  scale,
  scaleByLearningRate,
  setToZero,
  squaredError,
  trace,
  treeBiasCorrection,
  treeOnesLike,
  treeUpdateMoment,
  treeZerosLike,
} from "@jax-js/optax";
import { describe, expect, it } from "vitest";
import { engineName } from "../engine.ts";
import { expectClose, liveBuffers } from "./arrays.ts";

const start = () => np.array([1, 2, 3]);
const small = () => np.array([0.1, 0.2, 0.3]);

/** Applies a transformation to [0.1, 0.2, 0.3]. */
const apply = (solver: GradientTransformation): np.Array => solver.update(small(), solver.init(start()))[0];

describe(`the alias of @jax-js/optax, on ${engineName}`, () => {
  const counts = (given: JsTree<np.Array>) => tree.leaves<np.Array>(given).map(({ refCount }) => refCount);

  /** A transformation of someone else's: it doubles updates on the device. */
  const double: GradientTransformation = {
    init: (params) => {
      tree.dispose(params);
      return { calls: np.array(0) };
    },
    update: (updates, state, params) => {
      tree.dispose(params);
      const { calls } = state as { calls: np.Array };
      const doubled = tree.map((u: np.Array) => u.mul(2), updates);
      return [doubled as typeof updates, { calls: calls.add(1) }];
    },
  };

  it("has the state of @jax-js/optax", () => {
    const state = adamw(0.1).init({ w: start() }) as [{ count: np.Array; mu: unknown; nu: unknown }, [], []];
    expect(Object.keys(state[0])).toEqual(["count", "mu", "nu"]);
    expect([state[0].count.dtype, state[0].count.shape]).toEqual(["uint32", []]);
    expect(state.slice(1)).toEqual([[], []]);
    expect(identity().init(start())).toEqual([]);
    expect(tree.leaves<unknown>(state as never).every((leaf) => leaf instanceof np.Array)).toBe(true);
  });

  it("chains transformations of others with its own", () => {
    const solver = chain(scale(0.5), double, trace({ decay: 0.5 }));
    const before = liveBuffers();
    let state = solver.init(start());
    for (const expected of [
      [0.1, 0.2, 0.3],
      [0.15, 0.3, 0.45],
    ]) {
      const [updates, next] = solver.update(small(), state, start());
      state = next;
      expectClose(updates, expected);
    }
    expect((state as [unknown, { calls: np.Array }])[1].calls.ref.js()).toBe(2);
    tree.dispose(state);
    expect(liveBuffers()).toBe(before);
  });

  it("leaves the caller all references where a member of such a chain fails", () => {
    const solver = chain(double, addDecayedWeights({ weightDecay: 0.1 }));
    const [updates, state] = [small(), solver.init(start())];
    expect(() => solver.update(updates, state)).toThrow("addDecayedWeights requires params to be provided");
    expect(counts([updates, state])).toEqual([1, 1]);
    expect(() => solver.update(updates, [])).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    expect(chain().update(updates, [])[0].js()).toEqual(small().js());
  });

  it("changes nothing with identity, and everything with setToZero", () => {
    expectClose(apply(identity()), [0.1, 0.2, 0.3]);
    expectClose(apply(setToZero()), [0, 0, 0]);
    expectClose(apply(scaleByLearningRate(undefined as never)), [0.1, 0.2, 0.3]);
  });

  it("applies updates to trees that fit, and leaves parameters without one", () => {
    const params = { a: start(), b: [small()] };
    const { a, b } = applyUpdates(tree.ref(params), { a: small(), b: [null as never] });
    expectClose(a, [1.1, 2.2, 3.3]);
    expect(b[0]).toBe(params.b[0]);
    for (const [updates, path] of [
      [{ a: small() }, "updates.b"],
      [{ a: small(), b: [small()], c: small() }, "updates.c"],
      [{ a: [small()], b: [small()] }, "updates.a"],
      [{ a: small(), b: [] }, "updates.b[0]"],
      [{ a: small(), b: { 0: small() } }, "updates.b"],
    ] as const) {
      expect(() => applyUpdates(params, updates as never)).toThrow(
        expect.objectContaining({ code: "STRUCTURE_MISMATCH", path }),
      );
      expect(counts(updates as never).every((count) => count === 1)).toBe(true);
    }
    const next = jit((p: np.Array, u: np.Array) => applyUpdates({ p }, { p: u }).p);
    expectClose(next(start(), small()), [1.1, 2.2, 3.3]);
  });

  it("makes trees of zeros and ones, moments and their corrections", () => {
    const made = (made: JsTree<np.Array>) => {
      const { w } = made as { w: np.Array };
      return [w.dtype, w.js()];
    };
    expect(made(treeZerosLike({ w: start() }))).toEqual(["float32", [0, 0, 0]]);
    expect(made(treeOnesLike({ w: start() }, np.int32))).toEqual(["int32", [1, 1, 1]]);
    const moments = treeUpdateMoment({ w: np.array([2]) }, { w: np.array([8]) }, 0.5, 3);
    expect(made(moments)).toEqual(["float32", [8]]);
    expect(() => treeUpdateMoment(small(), small(), 0.5, 0)).toThrow("Order must be a positive integer");
    expect(made(treeBiasCorrection({ w: np.array([3]) }, 0.5, np.array(2)))).toEqual(["float32", [4]]);
    const traced = jit((m: np.Array, t: np.Array) => treeBiasCorrection(m, 0.999, t) as np.Array);
    expectClose(traced(np.array([1]), np.array(1)), [1000], { rtol: 1e-6 });
  });

  it("computes losses, and refuses other shapes", () => {
    expectClose(squaredError(np.array([1, 2])), [1, 4]);
    expectClose(l2Loss(np.array([1, 2]), np.array([0, 4])), [0.5, 2]);
    const [a, b] = [np.array([1, 2]), np.array([[1, 2]])];
    expect(() => squaredError(a, b)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
    expect(counts([a, b])).toEqual([1, 1]);
  });

  it("refuses masks of another structure", () => {
    const solver = addDecayedWeights({ weightDecay: 1, mask: [np.array([1])] });
    const [updates, params] = [small(), start()];
    expect(() => solver.update(updates, [], params)).toThrow(
      expect.objectContaining({ code: "INVALID_MASK" }),
    );
    expect(counts([updates, params])).toEqual([1, 1]);
  });
});
