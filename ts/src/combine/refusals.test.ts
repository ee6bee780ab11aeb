/** Errors of combinators name the function that was called. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../../../tests/conformance/trees.ts";
import { gl } from "../../../tests/engine.ts";
import { type Expected, expectRefusal } from "../../../tests/property/refusal.ts";

// The compiler refuses the arguments below, but JavaScript callers may pass them.
const any = gl as AnyTree;
const params = () => ({ a: new Float32Array([1, 2]), b: new Float32Array([3]) });
const sgd = gl.sgd(0.1);

const partial = { a: true };
const MASKED: [path: string, make: (mask: unknown) => AnyTree][] = [
  ["masked.mask", (mask) => any.masked(sgd, mask)],
  ["freeze.mask", (mask) => any.freeze(mask)],
  ["selectiveTransform.freezeMask", (mask) => any.selectiveTransform(sgd, mask)],
  ["addDecayedWeights.mask", (mask) => any.addDecayedWeights({ weightDecay: 0.1, mask })],
  ["adamw.mask", (mask) => any.adamw(0.1, { mask })],
  ["nadamw.mask", (mask) => any.nadamw(0.1, { mask })],
  ["adamaxw.mask", (mask) => any.adamaxw(0.1, { mask })],
  ["adan.mask", (mask) => any.adan(0.1, { weightDecay: 0.1, mask })],
  ["lamb.mask", (mask) => any.lamb(0.1, { mask })],
  ["lion.mask", (mask) => any.lion(0.1, { mask })],
  ["lars.weightDecayMask", (weightDecayMask) => any.lars(0.1, { weightDecayMask })],
  ["lars.trustRatioMask", (trustRatioMask) => any.lars(0.1, { trustRatioMask })],
  [
    "adafactor.weightDecayMask",
    (weightDecayMask) => any.adafactor(0.1, { weightDecayRate: 0.1, weightDecayMask }),
  ],
  ["adadelta.weightDecayMask", (weightDecayMask) => any.adadelta(0.1, { weightDecayMask })],
  ["ademamix.mask", (mask) => any.contrib.ademamix(0.1, { mask })],
  ["dog.mask", (mask) => any.contrib.dog(1, { weightDecay: 0.1, mask })],
  ["sophia.weightDecayMask", (weightDecayMask) => any.contrib.sophia(0.1, { weightDecayMask })],
  ["muon.weightDecayMask", (weightDecayMask) => any.contrib.muon(0.1, { weightDecayMask })],
  ["adamw.mask", (mask) => any.injectHyperparams(gl.adamw)(0.1, { mask })],
];

describe("a mask", () => {
  it.each(MASKED)("that does not fit is %s", (path, make) => {
    for (const mask of [partial, () => partial]) {
      expectRefusal(() => make(mask).init(params()), { code: "INVALID_MASK", path: `${path}.b` });
    }
  });

  it.each(MASKED)("that is none is refused when %s is given", (path, make) => {
    // injectHyperparams checks its arguments when it gets a tree.
    for (const mask of [1, "kernel", new Map(), new Float32Array(2)]) {
      const use = () => make(mask).init(params());
      expectRefusal(use, { code: "INVALID_MASK", path });
    }
  });

  it.each(MASKED.slice(0, -1))("that is none is refused at construction: %s", (path, make) => {
    expectRefusal(() => make(1), { code: "INVALID_MASK", path });
  });

  it("may be a prefix, a function, or null where it is an option", () => {
    for (const mask of [true, { a: true, b: false }, () => true, new gl.MaskedNode()]) {
      for (const [, make] of MASKED) make(mask).init(params());
    }
    gl.adamw(0.1, { mask: null }).init(params());
  });
});

const hyperparameter = (path: string): Expected => ({ code: "INVALID_HYPERPARAMETER", path });

describe.each(["partition", "multiTransform"])("%s", (name) => {
  const make = any[name];

  it("refuses at construction what can never run", () => {
    for (const transforms of [undefined, null, 1, [sgd], new Map([["a", sgd]])]) {
      expectRefusal(() => make(transforms, "a"), hyperparameter(`${name}.transforms`));
    }
    for (const tx of [null, 1, {}, { init: () => ({}) }, gl.sgd]) {
      expectRefusal(() => make({ a: sgd, b: tx }, "a"), hyperparameter(`${name}.transforms.b`));
    }
    for (const labels of [undefined, null, true, new Map()]) {
      expectRefusal(() => make({ a: sgd }, labels), { code: "UNKNOWN_LABEL", path: `${name}.paramLabels` });
    }
    expectRefusal(() => make({ a: sgd }, "a", { mask: true }), {
      code: "UNKNOWN_OPTION",
      path: `${name}.mask`,
    });
  });

  it("names its labels where they do not fit", () => {
    for (const labels of [{ a: "a" }, () => ({ a: "a" })]) {
      const expected = { code: "UNKNOWN_LABEL", path: `${name}.paramLabels.b` };
      expectRefusal(() => make({ a: sgd }, labels).init(params()), expected);
    }
    const unknown = () => make({ a: sgd }, { a: "a", b: "c" }).init(params());
    expectRefusal(unknown, { code: "UNKNOWN_LABEL", path: "params.b" });
    expect(unknown).toThrow(`${name} has no transformation "c"`);
  });
});

it("a transformation that is none is refused at construction", () => {
  for (const [call, path] of [
    [() => any.chain(sgd, gl.adam), "chain[1]"],
    [() => any.masked(gl.adam, true), "masked.inner"],
    [() => any.namedChain(["a", 1]), "namedChain.a"],
    [() => any.selectiveTransform({}, true), "selectiveTransform.optimizer"],
  ] as const) {
    expectRefusal(call, hyperparameter(path));
  }
});

describe("injectHyperparams", () => {
  const inject = any.injectHyperparams;

  it("refuses a state without one of its hyperparameters", () => {
    const train: AnyTree = gl.TrainState.create({ params: params(), tx: inject(gl.adam)(0.1) });
    train.applyGradients(params());
    const { b1: _, ...rest } = train.optState.hyperparams;
    for (const [hyperparams, path] of [
      [{ learningRate: 1 }, "hyperparams.b1"],
      [rest, "hyperparams.b1"],
      [{ ...rest, b1: undefined }, "hyperparams.b1"],
      [{ ...rest, b1: "0.9" }, "hyperparams.b1"],
    ] as const) {
      train.optState.hyperparams = hyperparams;
      const step = () => train.applyGradients(params());
      expectRefusal(step, { code: "INVALID_STATE", path }, () => train.params);
    }
    const remove = () => {
      train.optState.hyperparams = null;
    };
    expectRefusal(remove, { code: "INVALID_STATE", path: "optState.hyperparams" });
    train.optState.hyperparams = { ...rest, b1: 0.5 };
    train.applyGradients(params());
    expect(train.step).toBe(2);
  });

  it("accepts a state without a hyperparameter that a schedule gives, or that a user's function was not given", () => {
    const tx = inject(gl.adam)(gl.linearSchedule(0.1, 0, 10));
    const state = tx.init(params());
    const { learningRate: _, ...rest } = state.hyperparams;
    const [, next] = tx.update(params(), { ...state, hyperparams: rest });
    expect(next.hyperparams.learningRate).toBe(0.1);
    const own = inject(({ rate, b1 = 0.9 }: AnyTree) => gl.adam(rate, { b1 }))({ rate: 0.1 });
    own.update(params(), own.init(params()));
    expectRefusal(() => own.update(params(), { ...own.init(params()), hyperparams: {} }), {
      code: "INVALID_STATE",
      path: "hyperparams.rate",
    });
  });

  it("knows the names of staticArgs", () => {
    const path = "injectHyperparams.staticArgs";
    expectRefusal(() => inject(gl.adam, { staticArgs: ["eps_root"] }), { code: "UNKNOWN_OPTION", path });
    expect(() => inject(gl.sgd, { staticArgs: ["rate"] })).toThrow(
      /sgd has no argument "rate"\. The arguments are learningRate, momentum, nesterov/,
    );
    for (const staticArgs of [7, [1], { b1: true }]) {
      expectRefusal(() => inject(gl.adam, { staticArgs }), hyperparameter(path));
    }
    const tx = inject(gl.adam, { staticArgs: ["b1", "learningRate"] })(0.1, { b1: 0.8 });
    expect(Object.keys(tx.init(params()).hyperparams)).toEqual(["b2", "eps", "epsRoot"]);
  });
});
