/** Arguments out of range, unknown options, masks and labels that do not fit. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { detach, type Expected, expectRefusal } from "./refusal.ts";

// TypeScript would refuse all calls below; JavaScript callers can make them.
const any = gl as AnyTree;
const params = () => ({
  dense: { kernel: new Float32Array([1, 2]), bias: new Float32Array([3]) },
  head: new Float32Array(2),
});
const hyperparameter = (path: string): Expected => ({ code: "INVALID_HYPERPARAMETER", path });

const CALLS: [call: () => unknown, expected: Expected][] = [
  [() => any.sgd(Number.NaN), hyperparameter("sgd.learningRate")],
  [() => any.sgd(Number.POSITIVE_INFINITY), hyperparameter("sgd.learningRate")],
  [() => any.sgd("0.1"), hyperparameter("sgd.learningRate")],
  [() => any.sgd(), hyperparameter("sgd.learningRate")],
  [() => any.adam(0.1, { b1: 1.01 }), hyperparameter("adam.b1")],
  [() => any.adam(0.1, { b2: -0.1 }), hyperparameter("adam.b2")],
  [() => any.adam(0.1, { eps: Number.NaN }), hyperparameter("adam.eps")],
  [() => any.adam(0.1, { nesterov: 1 }), hyperparameter("adam.nesterov")],
  [() => any.adam(0.1, { muDtype: "int8" }), hyperparameter("adam.muDtype")],
  [() => any.adamw(0.1, { weightDecay: "much" }), hyperparameter("adamw.weightDecay")],
  [() => any.adamw(0.1, { weight_decay: 0.1 }), { code: "UNKNOWN_OPTION", path: "adamw.weight_decay" }],
  [() => any.sgd(0.1, { momentun: 0.9 }), { code: "UNKNOWN_OPTION", path: "sgd.momentun" }],
  [() => any.sgd(0.1, 0.9), { code: "UNKNOWN_OPTION", path: "sgd" }],
  [() => any.trace(0.9, true), { code: "UNKNOWN_OPTION", path: "trace" }],
  [() => any.clipByGlobalNorm(Number.NaN), hyperparameter("clipByGlobalNorm.maxNorm")],
  [() => any.clipByGlobalNorm(-1), hyperparameter("clipByGlobalNorm.maxNorm")],
  [() => any.clip(-1), hyperparameter("clip.maxDelta")],
  [() => any.scale(Number.NaN), hyperparameter("scale.stepSize")],
  [() => any.chain(), { code: "INVALID_HYPERPARAMETER", path: "chain" }],
  [() => any.chain(gl.sgd(0.1), 5), { code: "INVALID_HYPERPARAMETER", path: "chain[1]" }],
  [() => any.masked(null, true), { code: "INVALID_HYPERPARAMETER" }],
  [() => any.namedChain(["a", gl.sgd(0.1)], ["a", gl.sgd(0.1)]), { code: "INVALID_HYPERPARAMETER" }],
  [() => any.TrainState.create({ params: params(), tx: {} }), { code: "INVALID_HYPERPARAMETER" }],
  [
    () => {
      const shared = { a: new Float32Array(2), b: new Float32Array(new SharedArrayBuffer(8)) };
      return any.TrainState.create({ params: shared, tx: gl.sgd(0.1), adopt: true });
    },
    { code: "OVERLAPPING_MEMORY", path: "params.b" },
  ],
  [
    () => any.TrainState.create({ params: params(), tx: gl.sgd(0.1), adpot: true }),
    { code: "UNKNOWN_OPTION" },
  ],
  [
    () => any.TrainState.create({ params: params(), tx: gl.sgd(0.1), engine: "abacus" }),
    { code: "ENGINE_UNAVAILABLE" },
  ],
  [() => any.setEngine("abacus"), { code: "ENGINE_UNAVAILABLE" }],
  [() => any.tensor(new Float32Array(6), [2, 2]), { code: "SHAPE_MISMATCH" }],
  [() => any.tensor(), { code: "INVALID_TREE", path: "tensor" }],
  [() => any.adam(0.1, []), { code: "UNKNOWN_OPTION", path: "adam" }],
  [() => any.multiTransform(), hyperparameter("multiTransform.transforms")],
  [() => any.injectHyperparams(3), hyperparameter("injectHyperparams.innerFactory")],
  [() => any.injectHyperparams(gl.adam)(0.1, 5), { code: "UNKNOWN_OPTION", path: "adam" }],
  [
    () =>
      any
        .injectHyperparams(gl.adam)((count: number) => (count === 0 ? Number.NaN : 1))
        .init(params()),
    hyperparameter("injectHyperparams.learningRate"),
  ],
  [() => any.TrainState.create(), { code: "INVALID_TREE", path: "params" }],
  [() => any.TrainState.create({ tx: gl.sgd(0.1) }), { code: "INVALID_TREE", path: "params" }],
  [
    () => gl.adam(0.1, { muDtype: "float64" }).init(params()),
    { code: "DTYPE_MISMATCH", path: "params.dense.bias" },
  ],
];

const MISFITS: [name: string, tx: () => AnyTree, expected: Expected][] = [
  [
    "a mask of another structure",
    () => any.masked(gl.sgd(0.1), { dense: { kernel: true }, head: true }),
    { code: "INVALID_MASK", path: /dense\.bias/ },
  ],
  [
    "a mask with a key too many",
    () => any.masked(gl.sgd(0.1), { dense: true, head: true, tail: true }),
    { code: "INVALID_MASK", path: /tail/ },
  ],
  [
    "a mask of numbers",
    () => any.masked(gl.sgd(0.1), { dense: 1, head: 0 }),
    { code: "INVALID_MASK", path: /dense/ },
  ],
  [
    "a mask function that returns nothing",
    () => any.masked(gl.sgd(0.1), () => undefined),
    { code: "INVALID_MASK" },
  ],
  [
    "a mask of adamw",
    () => any.adamw(0.1, { mask: { dense: true } }),
    { code: "INVALID_MASK", path: /head/ },
  ],
  [
    "a label without transformation",
    () => any.partition({ a: gl.sgd(0.1) }, { dense: "a", head: "b" }),
    { code: "UNKNOWN_LABEL", path: "params.head" },
  ],
  [
    "labels that do not cover the tree",
    () => any.multiTransform({ a: gl.sgd(0.1) }, { dense: "a" }),
    { code: "UNKNOWN_LABEL", path: /head/ },
  ],
];

describe(`invalid arguments, on ${engineName}`, () => {
  for (const [call, expected] of CALLS) {
    it(call.toString().replace(/^\(\) => any\./, ""), () => expectRefusal(call, expected));
  }

  for (const [name, tx, expected] of MISFITS) {
    it(name, () => {
      const tree = params();
      expectRefusal(
        () => tx().init(tree),
        expected,
        () => tree,
      );
      expectRefusal(
        () => gl.TrainState.create({ params: tree, tx: tx() }),
        expected,
        () => tree,
      );
    });
  }

  it("a tree that contains itself", () => {
    const tree: AnyTree = { dense: {} };
    tree.dense.up = tree;
    expectRefusal(() => gl.sgd(0.1).init(tree), { code: "INVALID_TREE", path: "params.dense.up" });
  });

  it("a value of the objective that is NaN or missing", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.contrib.momo() });
    const watched = [() => train.params, () => train.optState] as const;
    const value = (code: string) => ({ code, path: "momo.value" });
    const step = (extra?: object) => () => train.applyGradients(params(), extra as AnyTree);
    expectRefusal(step(), value("EXTRA_ARGUMENT_REQUIRED"), ...watched);
    expectRefusal(step({ value: Number.NaN }), value("INVALID_HYPERPARAMETER"), ...watched);
    expect(train.step).toBe(0);
  });

  it("a schedule that fails names its step", () => {
    const rate = (count: number) => (count === 1 ? Number.NaN : 0.1);
    const injected: AnyTree = gl.injectHyperparams(gl.sgd)(rate);
    for (const tx of [gl.sgd(rate), injected]) {
      const train = gl.TrainState.create({ params: params(), tx });
      train.applyGradients(params());
      expect(() => train.applyGradients(params())).toThrow(/NaN at step 1/);
      expect(train.step).toBe(1);
    }
  });

  it("an adopted array that is transferred away", () => {
    const tree = params();
    const train = gl.TrainState.create({ params: tree, tx: gl.sgd(0.1), adopt: true });
    detach(tree.dense.bias);
    expectRefusal(
      () => train.applyGradients(params()),
      { code: "DETACHED_MEMORY", path: "params.dense.bias" },
      () => tree.head,
    );
    expect(train.step).toBe(0);
  });

  it("params that are missing where they are needed", () => {
    const tx = gl.adamw(0.1);
    const state = tx.init(params());
    expectRefusal(
      () => tx.update(params(), state),
      { code: "PARAMS_REQUIRED" },
      () => state,
    );
  });

  it("a schedule that returns NaN changes nothing, and training goes on when it recovers", () => {
    const rate = (count: number) => (count === 1 ? Number.NaN : 0.1);
    const tx = gl.chain(gl.trace(0.9), gl.scaleByLearningRate(rate));
    const grads = params();
    const [, state] = tx.update(grads, tx.init(params()), params());
    expectRefusal(
      () => tx.update(grads, state, params()),
      { code: "INVALID_HYPERPARAMETER" },
      () => state,
    );
    const train = gl.TrainState.create({ params: params(), tx });
    train.applyGradients(grads);
    expectRefusal(
      () => train.applyGradients(grads),
      { code: "INVALID_HYPERPARAMETER" },
      () => train.params,
      () => train.optState,
    );
    expect(train.step).toBe(1);
  });

  it("a hyperparameter in the state that is set out of range", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.injectHyperparams(gl.adam)(0.1) });
    train.applyGradients(params());
    const { hyperparams } = train.optState;
    for (const [name, value] of [
      ["learningRate", Number.NaN],
      ["b1", 1.01],
    ] as const) {
      const kept = hyperparams[name] as number;
      hyperparams[name] = value;
      expectRefusal(
        () => train.applyGradients(params()),
        { code: "INVALID_HYPERPARAMETER", path: `adam.${name}` },
        () => train.params,
      );
      hyperparams[name] = kept;
    }
    expect(() => {
      (hyperparams as Record<string, number>).learningrate = 1;
    }).toThrow(TypeError);
    (train.optState as AnyTree).hyperparams = { ...hyperparams, learningrate: 1 };
    expectRefusal(() => train.applyGradients(params()), {
      code: "UNKNOWN_OPTION",
      path: "hyperparams.learningrate",
    });
    const { learningrate: _, ...known } = train.optState.hyperparams as Record<string, number>;
    (train.optState as AnyTree).hyperparams = known;
    train.applyGradients(params());
    expect(train.step).toBe(2);
  });

  it("a user's own transformation that throws changes nothing", () => {
    let calls = 0;
    const moody = {
      init: () => ({ calls: 0 }),
      update: (updates: AnyTree, state: AnyTree): [AnyTree, AnyTree] => {
        if (++calls === 2) throw new Error("not today");
        return [updates, { calls: state.calls + 1 }];
      },
    };
    const train = gl.TrainState.create({
      params: params(),
      tx: gl.chain(gl.trace(0.9), moody, gl.sgd(0.1, { momentum: 0.5 })),
    });
    train.applyGradients(params());
    const before = JSON.stringify([train.params, train.optState]);
    expect(() => train.applyGradients(params())).toThrow("not today");
    expect(JSON.stringify([train.params, train.optState])).toBe(before);
    expect(train.step).toBe(1);
    train.applyGradients(params());
    expect(train.step).toBe(2);
  });
});
