/** Trees that do not fit: every function that takes a tree refuses each with the path of the leaf, and nothing changes. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { detach, type Expected, expectRefusal } from "./refusal.ts";

const good = () => ({
  dense: {
    kernel: gl.tensor(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]),
    bias: new Float32Array([1, 2, 3]),
  },
  scales: [new Float32Array([0.5]), new Float32Array([4, 5])],
  none: null,
});

/** The fault, the tree that has it, and the expected error; its path follows `grads`, `updates` or `params`. */
const BAD: [name: string, break_: (tree: AnyTree) => unknown, expected: Expected & { path: string }][] = [
  ["a leaf is missing", (t) => void delete t.dense.bias, { code: "STRUCTURE_MISMATCH", path: ".dense.bias" }],
  [
    "a leaf too many",
    (t) => {
      t.dense.extra = new Float32Array(1);
    },
    { code: "STRUCTURE_MISMATCH", path: ".dense.extra" },
  ],
  ["an item is missing", (t) => void t.scales.pop(), { code: "STRUCTURE_MISMATCH", path: ".scales" }],
  [
    "an item too many",
    (t) => void t.scales.push(new Float32Array(1)),
    { code: "STRUCTURE_MISMATCH", path: ".scales" },
  ],
  [
    "a container where a leaf was",
    (t) => {
      t.dense.bias = { a: new Float32Array(3) };
    },
    { code: "STRUCTURE_MISMATCH", path: ".dense.bias" },
  ],
  [
    "a leaf where a container was",
    (t) => {
      t.dense = new Float32Array(9);
    },
    { code: "STRUCTURE_MISMATCH", path: ".dense" },
  ],
  [
    "null where a leaf was",
    (t) => {
      t.dense.bias = null;
    },
    { code: "STRUCTURE_MISMATCH", path: ".dense.bias" },
  ],
  [
    "undefined where a leaf was",
    (t) => {
      t.dense.bias = undefined;
    },
    { code: "INVALID_TREE", path: ".dense.bias" },
  ],
  [
    "undefined where there is no leaf",
    (t) => {
      t.none = undefined;
    },
    { code: "INVALID_TREE", path: ".none" },
  ],
  [
    "another length",
    (t) => {
      t.dense.bias = new Float32Array(4);
    },
    { code: "SHAPE_MISMATCH", path: ".dense.bias" },
  ],
  [
    "another shape",
    (t) => {
      t.dense.kernel = gl.tensor(new Float32Array(6), [3, 2]);
    },
    { code: "SHAPE_MISMATCH", path: ".dense.kernel" },
  ],
  [
    "another dtype",
    (t) => {
      t.dense.bias = new Float64Array(3);
    },
    { code: "DTYPE_MISMATCH", path: ".dense.bias" },
  ],
  [
    "integers",
    (t) => {
      t.dense.bias = new Int32Array(3);
    },
    { code: "DTYPE_MISMATCH", path: ".dense.bias" },
  ],
  [
    "a number in place of an array",
    (t) => {
      t.scales[0] = 0.5;
    },
    { code: "INVALID_TREE", path: ".scales[0]" },
  ],
  [
    "detached memory",
    (t) => {
      t.dense.bias = detach(new Float32Array(3));
    },
    { code: "DETACHED_MEMORY", path: ".dense.bias" },
  ],
];

const optimizer = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(0.1));

describe(`trees that do not fit, on ${engineName}`, () => {
  for (const [name, spoil, { code, path }] of BAD) {
    const bad = () => {
      const tree = good() as AnyTree;
      spoil(tree);
      return tree;
    };
    // The pure update takes its structure from the updates, so the error names the next tree that differs from them.
    const moved = /^(STRUCTURE|SHAPE|DTYPE)/.test(code) ? undefined : path;

    it(`${name}: gradients of applyGradients`, () => {
      const train = gl.TrainState.create({ params: good(), tx: optimizer() });
      train.applyGradients(good());
      const step = train.step;
      const refused = { code, path: `grads${path}` };
      expectRefusal(
        () => train.applyGradients(bad()),
        refused,
        () => train.params,
        () => train.optState,
      );
      expect(train.step).toBe(step);
      train.applyGradients(good());
      expect(train.step).toBe(step + 1);
      train.dispose();
    });

    it(`${name}: updates of a pure update`, () => {
      const tx = optimizer();
      const [params, grads] = [good(), bad()];
      const state = tx.init(params);
      const expected =
        moved === undefined ? { code: expect.any(String) as never } : { code, path: `updates${moved}` };
      const body = () => tx.update(grads, state, params);
      if (moved === undefined) {
        expect(body).toThrow(gl.GradloomError);
      } else {
        expectRefusal(
          body,
          expected,
          () => params,
          () => state,
        );
      }
    });

    it(`${name}: params of a pure update`, () => {
      const tx = optimizer();
      const grads = good();
      const state = tx.init(good());
      expectRefusal(
        () => tx.update(grads, state, bad()),
        { code, path: `params${path}` },
        () => grads,
        () => state,
      );
    });

    // A null among the updates is a parameter that stays as it is.
    if (name === "null where a leaf was") continue;
    it(`${name}: updates of applyUpdates`, () => {
      const params = good();
      expectRefusal(
        () => gl.applyUpdates(params, bad()),
        { code, path: `updates${path}` },
        () => params,
      );
    });
  }

  it("a snapshot with an array where a mask hides a value for each leaf", () => {
    const mask = { dense: true, scales: [true, false] };
    const tx = gl.masked(gl.chain(gl.zeroNans(), gl.novograd(0.1)) as AnyTree, mask);
    const snapshot = gl.TrainState.create({ params: good(), tx }).snapshot() as AnyTree;
    gl.TrainState.create({ ...structuredClone(snapshot), tx });
    for (const [spoil, path] of [
      [
        (s: AnyTree) => {
          s.innerState[0].foundNan.scales[1] = new Float32Array(2);
        },
        "innerState[0].foundNan.scales[1]",
      ],
      [
        (s: AnyTree) => {
          s.innerState[0].foundNan.scales[1] = true;
        },
        "innerState[0].foundNan.scales[1]",
      ],
      [
        (s: AnyTree) => {
          s.innerState[1][0].nu.scales[1] = 3;
        },
        "innerState[1][0].nu.scales[1]",
      ],
    ] as const) {
      const bad = gl.TrainState.create({ params: good(), tx }).snapshot() as AnyTree;
      spoil(bad.optState);
      expectRefusal(() => gl.TrainState.create({ ...bad, tx }), {
        code: "INVALID_STATE",
        path: `optState.${path}`,
      });
      expectRefusal(() => tx.update(good(), bad.optState, good()), {
        code: "INVALID_STATE",
        path: `state.${path}`,
      });
    }
  });

  it("a detached leaf of adopted parameters", () => {
    const params = good();
    const train = gl.TrainState.create({ params, tx: gl.sgd(0.1), adopt: true });
    detach(params.dense.bias);
    const others = () => [params.dense.kernel, params.scales];
    expectRefusal(() => train.applyGradients(good()), { code: "DETACHED_MEMORY" }, others);
    expect(train.step).toBe(0);
  });

  it("two leaves over the same memory", () => {
    const memory = new Float32Array(10);
    const params = { a: memory.subarray(0, 6), b: memory.subarray(5) };
    for (const adopt of [true, false]) {
      const create = () => gl.TrainState.create({ params, tx: gl.sgd(0.1), adopt });
      expectRefusal(create, { code: "OVERLAPPING_MEMORY", path: "params.b" }, () => params);
    }
  });

  it("a state that belongs to something else", () => {
    const params = good();
    const [sgd, adam] = [gl.sgd(0.1, { momentum: 0.9 }), gl.adam(0.1)];
    const state = sgd.init(params) as AnyTree;
    expectRefusal(
      () => adam.update(params, state, params),
      { code: "INVALID_STATE", path: /^state/ },
      () => state,
    );
    const other = adam.init({ w: new Float32Array(2) }) as AnyTree;
    expectRefusal(
      () => adam.update(params, other, params),
      { code: "STRUCTURE_MISMATCH", path: /^state\[0\]\.mu/ },
      () => other,
    );
    expectRefusal(() => adam.update(params, undefined as AnyTree, params), {
      code: "INVALID_STATE",
      path: /^state/,
    });
  });

  it("use after dispose", () => {
    const train = gl.TrainState.create({ params: good(), tx: gl.adam(0.1) });
    train.dispose();
    train.dispose();
    const uses = [
      () => train.applyGradients(good()),
      () => train.params,
      () => train.grads,
      () => train.optState,
    ];
    for (const use of uses) expectRefusal(use, { code: "DISPOSED" });
  });

  it("trees without any leaf are harmless", () => {
    for (const empty of [{}, [], { a: [] }, { a: new Float32Array(0) }]) {
      const tx = optimizer();
      const [updates] = tx.update(empty, tx.init(empty), empty);
      expect(updates).toEqual(empty);
    }
  });
});
