import { grad, type JsTree, jit, numpy as np, tree } from "@jax-js/jax";
import {
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  identity,
  l2Loss,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  setToZero,
  sgd,
  squaredError,
  trace,
  treeBiasCorrection,
  treeMax,
  treeNorm,
  treeOnesLike,
  treeSum,
  treeUpdateMoment,
  treeZerosLike,
} from "@jax-js/optax";
import { describe, expect, it } from "vitest";
import { engineName } from "../engine.ts";
import { expectClose, liveBuffers } from "./arrays.ts";

const start = () => np.array([1, 2, 3]);
const small = () => np.array([0.1, 0.2, 0.3]);
const loss = (x: np.Array) => squaredError(x, np.ones([3])).sum();

/** Takes steps down the loss from [1, 2, 3], as programs of jax-js do. */
const descend = (solver: GradientTransformation, steps: number, withParams: boolean): np.Array => {
  let params = start();
  let state = solver.init(params.ref);
  for (let i = 0; i < steps; i++) {
    const gradient = grad(loss)(params.ref);
    const [updates, next] = solver.update(gradient, state, withParams ? params.ref : undefined);
    state = next;
    params = applyUpdates(params, updates);
  }
  tree.dispose(state);
  return params;
};

/** Applies a transformation several times to [0.1, 0.2, 0.3] with the parameters [1, 2, 3]. Returns all updates. */
const repeat = (solver: GradientTransformation, times: number): np.Array[] => {
  let state = solver.init(start());
  return Array.from({ length: times }, () => {
    const [updates, next] = solver.update(small(), state, start());
    state = next;
    return updates;
  });
};

const isOfThree = (array: np.Array) => {
  expect([array.shape, array.dtype]).toEqual([[3], np.float32]);
  return array;
};

// The cases of the tests of @jax-js/optax, by what they check: shapes and dtypes there have values here.
describe(`what the tests of @jax-js/optax ask for, on ${engineName}`, () => {
  describe("adamw", () => {
    // Adam's first step is the learning rate times the sign, whatever the size of the gradient; that of 0 is 0.
    it("moves by the learning rate, and decays", () => {
      expectClose(isOfThree(descend(adamw(0.001), 1, true)), [1 - 1e-7, 2 - 1e-3 - 2e-7, 3 - 1e-3 - 3e-7]);
    });
    it("takes another weight decay", () => {
      const params = isOfThree(descend(adamw(0.001, { weightDecay: 0.01 }), 1, true));
      expectClose(params, [1 - 1e-5, 2 - 1e-3 - 2e-5, 3 - 1e-3 - 3e-5]);
    });
    it("looks ahead with nesterov", () => {
      const solver = adamw(0.001, { nesterov: true, weightDecay: 0.005 });
      const ahead = (0.9 * 0.1) / (1 - 0.9 ** 2) + 1;
      const moved = (p: number) => p - 1e-3 * (ahead + 0.005 * p);
      expectClose(isOfThree(descend(solver, 1, true)), [1 - 5e-6, moved(2), moved(3)]);
    });
    it("takes a function that makes the mask, and consumes the updates", () => {
      const mask = (updates: JsTree<np.Array>): JsTree<np.Array> =>
        tree.map((u: np.Array) => {
          u.dispose();
          return np.array([1, 0, 0]);
        }, updates);
      const params = isOfThree(descend(adamw(0.001, { weightDecay: 0.01, mask }), 1, true));
      expectClose(params, [1 - 1e-5, 2 - 1e-3, 3 - 1e-3]);
    });
    it("is not part of a function that jit compiles, and says what to compile instead", () => {
      const solver = adamw(0.1);
      const step = jit((p: np.Array, s: JsTree<np.Array>) => {
        const [updates, next] = solver.update(grad(loss)(p.ref), s, p.ref);
        return [applyUpdates(p, updates), next] as [np.Array, JsTree<np.Array>];
      });
      expect(() => step(start(), solver.init(start()))).toThrow(
        expect.objectContaining({
          code: "UNSUPPORTED",
          path: "updates",
          remedy: expect.stringMatching(/Trace the function that computes the gradients/),
        }),
      );
      // What it says to do: the gradients alone are compiled.
      const compiled = jit(grad(loss));
      let params = start();
      let state = solver.init(params.ref);
      for (let i = 0; i < 3; i++) {
        const [updates, next] = solver.update(compiled(params.ref), state, params.ref);
        [params, state] = [applyUpdates(params, updates), next];
      }
      expectClose(params, descend(adamw(0.1), 3, true).js());
    });
  });

  describe("clipByGlobalNorm", () => {
    const clip = (maxNorm: number, updates: np.Array[]) => {
      const clipper = clipByGlobalNorm(maxNorm);
      const [clipped] = clipper.update(updates, clipper.init(updates.map((u) => np.zeros(u.shape))));
      return clipped;
    };
    const expectAll = (arrays: np.Array[], expected: unknown[]) =>
      arrays.forEach((array, i) => {
        expectClose(array, expected[i]);
      });
    it("leaves updates below the limit", () => {
      expectAll(clip(10, [np.array([3]), np.array([4])]), [[3], [4]]);
    });
    it("scales updates down to the limit", () => {
      expectAll(clip(2.5, [np.array([3]), np.array([4])]), [[1.5], [2]]);
    });
    it("takes the norm of arrays of any rank", () => {
      const factor = 5 / Math.sqrt(194);
      const clipped = clip(5, [np.array([[3, 4]]), np.array([[5, 12]])]);
      expectAll(clipped, [[[3 * factor, 4 * factor]], [[5 * factor, 12 * factor]]]);
    });
    it("leaves zeros", () => {
      expectAll(clip(1, [np.array([0]), np.array([0])]), [[0], [0]]);
    });
  });

  describe("chain", () => {
    it("applies one transformation after the other", () => {
      const [updates] = repeat(chain(scale(2), scale(0.5)), 1);
      expectClose(updates as np.Array, [0.1, 0.2, 0.3]);
    });
  });

  describe("sgd", () => {
    it("descends", () => {
      expectClose(descend(sgd(0.11), 1, false), [1, 1.78, 2.56]);
    });
    it("has momentum", () => {
      // The second update adds 0.9 times the first.
      expectClose(isOfThree(descend(sgd(0.1, { momentum: 0.9 }), 2, false)), [1, 1.46, 1.92]);
    });
    it("has Nesterov's momentum", () => {
      const params = isOfThree(descend(sgd(0.1, { momentum: 0.9, nesterov: true }), 2, false));
      const moved = (error: number) => {
        const second = 2 * (error - 0.38 * error);
        return 1 + error - 0.38 * error - 0.1 * (second + 0.9 * (second + 0.9 * 2 * error));
      };
      expectClose(params, [1, moved(1), moved(2)]);
    });
  });

  describe("transformations", () => {
    const expectAll = (solver: GradientTransformation, expected: number[][]) =>
      repeat(solver, expected.length).forEach((updates, i) => {
        expectClose(updates, expected[i]);
      });
    it("scaleByLearningRate changes the sign", () => {
      expectAll(scaleByLearningRate(0.1), [[-0.01, -0.02, -0.03]]);
      expectAll(scaleByLearningRate(0.1, false), [[0.01, 0.02, 0.03]]);
    });
    it("addDecayedWeights adds a multiple of the parameters", () => {
      expectAll(addDecayedWeights({ weightDecay: 0.01 }), [[0.11, 0.22, 0.33]]);
    });
    it("addDecayedWeights takes a function of the step", () => {
      const weightDecay = (step: number) => 0.01 * (step + 1);
      expectAll(addDecayedWeights({ weightDecay }), [
        [0.11, 0.22, 0.33],
        [0.12, 0.24, 0.36],
      ]);
    });
    it("addDecayedWeights multiplies by a mask, at every step", () => {
      const mask = np.array([1, 0, 1]);
      expectAll(addDecayedWeights({ weightDecay: 0.01, mask }), [
        [0.11, 0.2, 0.33],
        [0.11, 0.2, 0.33],
      ]);
      expect(mask.refCount).toBe(1);
    });
    it("addDecayedWeights says that it needs the parameters", () => {
      const solver = addDecayedWeights({ weightDecay: 0.01 });
      const updates = small();
      expect(() => solver.update(updates, solver.init(start()), undefined)).toThrow(
        "addDecayedWeights requires params to be provided",
      );
      expect(updates.refCount).toBe(1);
    });
    it("scaleBySchedule multiplies by a function of the step", () => {
      expectAll(
        scaleBySchedule((step) => 0.9 ** step),
        [
          [0.1, 0.2, 0.3],
          [0.09, 0.18, 0.27],
        ],
      );
    });
    it("trace sums", () => {
      expectAll(trace({ decay: 0.9 }), [
        [0.1, 0.2, 0.3],
        [0.19, 0.38, 0.57],
      ]);
    });
    it("trace looks ahead with nesterov", () => {
      expectAll(trace({ decay: 0.9, nesterov: true }), [
        [0.19, 0.38, 0.57],
        [0.271, 0.542, 0.813],
      ]);
    });
  });

  describe("functions of trees", () => {
    it("treeSum adds up several arrays", () => {
      expectClose(treeSum([np.array([1, 2, 3]), np.array([4, 5])]), 15);
    });
    it("treeSum of nothing is 0", () => {
      expectClose(treeSum([]), 0);
    });
    it("treeSum goes into nested trees", () => {
      expectClose(treeSum({ a: np.array([1, 2]), b: { c: np.array([3, 4, 5]) } }), 15);
    });
    it("treeMax finds the greatest element", () => {
      expectClose(treeMax([np.array([1, 2, 3]), np.array([4, 5])]), 5);
    });
    it("treeMax of negative numbers is negative", () => {
      expectClose(treeMax([np.array([-5, -2, -10]), np.array([-1])]), -1);
    });
    it("treeMax of nothing is -Infinity", () => {
      expect(treeMax([]).js()).toBe(Number.NEGATIVE_INFINITY);
    });
    it("treeNorm is Euclidean", () => {
      expectClose(treeNorm([np.array([3]), np.array([4])]), 5);
    });
    it("treeNorm can be squared", () => {
      expectClose(treeNorm([np.array([3]), np.array([4])], 2, true), 25);
    });
    it("treeNorm of order 1 adds magnitudes", () => {
      expectClose(treeNorm([np.array([-3, 4]), np.array([-5])], 1), 12);
    });
    it('treeNorm of order "inf" is the greatest magnitude', () => {
      expectClose(treeNorm([np.array([-3, 4]), np.array([-10])], "inf"), 10);
    });
    it("treeNorm refuses other orders, and consumes nothing", () => {
      const array = np.array([1, 2, 3]);
      expect(() => treeNorm([array], 3)).toThrow("Unsupported ord: 3");
      expect(array.refCount).toBe(1);
    });
  });
});

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
    expectClose(repeat(identity(), 1)[0] as np.Array, [0.1, 0.2, 0.3]);
    expectClose(repeat(setToZero(), 1)[0] as np.Array, [0, 0, 0]);
    expectClose(repeat(scaleByLearningRate(undefined as never), 1)[0] as np.Array, [0.1, 0.2, 0.3]);
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
