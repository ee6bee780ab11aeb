import { describe, expect, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";
import type { ErrorCode } from "../../error.ts";
import { deserialize, serialize } from "../plain.ts";
import {
  fromMlx,
  fromOptax,
  fromTfjs,
  fromTorch,
  toMlx,
  toOptax,
  torchKernels,
  toTfjs,
  toTorch,
} from "./index.ts";

const initial = () => ({
  dense: { kernel: gl.tensor(Float32Array.from([1, 2, 3, 4, 5, 6]), [2, 3]), bias: new Float32Array(3) },
  list: [Float32Array.of(7)],
});

/** Takes three steps with the parameters themselves as gradients. */
// biome-ignore lint/suspicious/noExplicitAny: any tree and any optimizer
const snapshotOf = (tx: gl.GradientTransformation, params: any = initial()): gl.Snapshot<any, any> => {
  const train = gl.TrainState.create({ params, tx });
  for (let step = 0; step < 3; step++) train.applyGradients(params);
  const snapshot = train.snapshot();
  train.dispose();
  return snapshot;
};

const adam = gl.adam(0.1);
const snapshot = snapshotOf(adam);
const into = { params: initial(), tx: adam };

/** Expects an error with a code, and a message that matches. */
const expectError = (run: () => unknown, code: ErrorCode, message: RegExp): void => {
  expect(run).toThrow(
    expect.objectContaining({ name: "GradloomError", code, message: expect.stringMatching(message) }),
  );
};

/** Sends tensors through the bytes of a file. */
const throughBytes = <T extends Parameters<typeof serialize>[0]>(tensors: T) =>
  deserialize(serialize(tensors)).tensors;

describe("a checkpoint that travels and comes back", () => {
  it("is the same by way of Optax", () => {
    const { model, optimizer } = toOptax(snapshot);
    expect(Object.keys(model)).toEqual(["dense/kernel", "dense/bias", "list/0"]);
    const back = fromOptax({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, into);
    expect(back).toEqual(snapshot);
    expect(gl.tree.get(back.optState, "count")).toBe(3);
  });

  it("is the same by way of PyTorch", () => {
    const files = toTorch(snapshot, torchKernels);
    expect(files.paramGroups).toEqual([
      { params: [0, 1, 2], param_names: ["dense.weight", "dense.bias", "list.0"] },
    ]);
    const [a, b, c, d, e, f] = snapshot.params.dense.kernel.data;
    expect(files.model["dense.weight"]).toEqual(gl.tensor(Float32Array.of(a, d, b, e, c, f), [3, 2]));
    const { model, optimizer, paramGroups } = files;
    const back = { model: throughBytes(model), optimizer: throughBytes(optimizer), paramGroups };
    expect(fromTorch(back, { ...into, ...torchKernels })).toEqual(snapshot);
  });

  it("is the same by way of MLX and of TensorFlow.js", () => {
    const { model, optimizer } = toMlx(snapshot, { learningRate: 0.1 });
    expect(fromMlx({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, into)).toEqual(
      snapshot,
    );
    const { weightSpecs, weightData } = toTfjs(snapshot);
    expect(fromTfjs({ weightSpecs, weightData }, into)).toEqual(snapshot);
    const parts = [weightData.slice(0, 10), weightData.slice(10)];
    expect(fromTfjs({ weightSpecs, weightData: parts }, into)).toEqual(snapshot);
  });

  it("takes the learning rate of MLX from injectHyperparams", () => {
    const injected = snapshotOf(gl.injectHyperparams(gl.adam)(0.25));
    expect(toMlx(injected).optimizer.learning_rate?.data[0]).toBe(0.25);
  });

  it("keeps types: double precision, halves in the state, integers in the parameters", () => {
    const params = { w: Float64Array.of(1, 2), n: Int32Array.of(3) };
    const tx = gl.adam(0.1, { muDtype: "bfloat16" });
    const train = gl.TrainState.create({ params, tx });
    train.applyGradients({ w: Float64Array.of(1, 2), n: null } as never);
    const taken = train.snapshot();
    const { model, optimizer } = toOptax(taken);
    expect(optimizer["0/mu/w"]?.dtype).toBe("bfloat16");
    expect(
      fromOptax({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, { params, tx }),
    ).toEqual(taken);
    expect(fromTorch(toTorch(taken), { params, tx })).toEqual(taken);
    train.dispose();
  });

  it("widens numbers, and shares no memory", () => {
    const { optimizer } = toOptax(snapshot);
    const wide = {
      dense: { kernel: gl.tensor(new Float64Array(6), [2, 3]), bias: new Float64Array(3) },
      list: [new Float64Array(1)],
    };
    const back = fromOptax({ optimizer }, { params: wide, tx: adam });
    expect([...gl.tree.get(back.optState, "mu").dense.kernel.data]).toEqual([
      ...gl.tree.get(snapshot.optState, "mu").dense.kernel.data,
    ]);
    back.params.dense.kernel.data[0] = 9;
    expect(wide.dense.kernel.data[0]).toBe(0);
  });

  it("has names of one's own", () => {
    const name = (keys: readonly string[]) => `net.${keys.join(".")}`;
    const { model, optimizer } = toOptax(snapshot, { name });
    expect(Object.keys(model)[0]).toBe("net.dense.kernel");
    expect(optimizer).toHaveProperty(["0/mu/net.dense.kernel"]);
    expect(fromOptax({ model, optimizer }, { ...into, name })).toEqual(snapshot);
  });
});

describe("a checkpoint that does not fit", () => {
  const optax = toOptax(snapshot);
  const torch = toTorch(snapshot);
  const without = (tensors: Readonly<Record<string, unknown>>, name: string) =>
    Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name)) as never;
  const changed = (tensors: Readonly<Record<string, unknown>>, name: string, value: unknown) =>
    ({ ...tensors, [name]: value }) as never;

  it.each<[string, () => unknown, ErrorCode, RegExp]>([
    [
      "another optimizer",
      () => fromOptax(optax, { ...into, tx: gl.sgd(0.1, { momentum: 0.9 }) }),
      "INVALID_STATE",
      /^optimizer\["0\/trace\/dense\/kernel"\]: the checkpoint has no such tensor\. .*this one has 0\/count, 0\/mu/,
    ],
    [
      "a surplus tensor",
      () => fromOptax(optax, { ...into, tx: gl.sgd(0.1) }),
      "INVALID_STATE",
      /^optimizer\["0\/count"\]: nothing here takes this tensor \(and 6 more\)/,
    ],
    [
      "a missing tensor",
      () => fromOptax({ optimizer: without(optax.optimizer, "0/nu/list/0") }, into),
      "INVALID_STATE",
      /^optimizer\["0\/nu\/list\/0"\]/,
    ],
    [
      "a missing parameter",
      () => fromOptax({ ...optax, model: without(optax.model, "dense/bias") }, into),
      "INVALID_STATE",
      /^model\["dense\/bias"\]/,
    ],
    [
      "a surplus parameter",
      () =>
        fromOptax(
          { ...optax, model: changed(optax.model, "more", gl.tensor(new Float32Array(1), [1])) },
          into,
        ),
      "INVALID_STATE",
      /^model\.more: nothing here takes/,
    ],
    [
      "another shape",
      () =>
        fromOptax(
          { ...optax, model: changed(optax.model, "dense/bias", gl.tensor(new Float32Array(4), [4])) },
          into,
        ),
      "SHAPE_MISMATCH",
      /^model\["dense\/bias"\]: the checkpoint has shape \[4\], expected \[3\]/,
    ],
    [
      "axes in another order",
      () => fromTorch(toTorch(snapshot, { axes: torchKernels.axes }), into),
      "SHAPE_MISMATCH",
      /torchKernels\.axes/,
    ],
    [
      "a wider type",
      () =>
        fromOptax(
          { optimizer: changed(optax.optimizer, "0/mu/list/0", gl.tensor(new Float64Array(1), [1])) },
          into,
        ),
      "DTYPE_MISMATCH",
      /has float64, expected float32\. Nothing is rounded/,
    ],
    [
      "no tensors",
      () => fromOptax({ optimizer: null as never }, into),
      "INVALID_STATE",
      /^optimizer: expected an object of tensors/,
    ],
    ["no checkpoint", () => fromMlx(undefined as never, into), "INVALID_STATE", /^optimizer/],
    ["no parameters", () => fromOptax(optax, { tx: adam } as never), "INVALID_TREE", /^fromOptax\.params/],
    [
      "no optimizer",
      () => fromTorch(torch, { params: initial() } as never),
      "INVALID_HYPERPARAMETER",
      /^fromTorch\.tx/,
    ],
    [
      "an unknown option",
      () => fromTorch(torch, { ...into, names: [] } as never),
      "UNKNOWN_OPTION",
      /^fromTorch\.names/,
    ],
    [
      "steps that differ",
      () =>
        fromTorch(
          {
            ...torch,
            optimizer: changed(torch.optimizer, "state/1/step", gl.tensor(Float32Array.of(5), [])),
          },
          into,
        ),
      "INVALID_STATE",
      /^optimizer\["state\/1\/step"\]: 5 steps, but 3 at optimizer\["state\/0\/step"\]/,
    ],
    [
      "groups without names",
      () => fromTorch({ ...torch, paramGroups: [{ params: [0, 1, 2] }] }, into),
      "INVALID_STATE",
      /^paramGroups: there are no param_names.*Pass order/,
    ],
    [
      "groups with other names",
      () => fromTorch({ ...torch, paramGroups: [{ params: [0], param_names: ["other"] }] }, into),
      "INVALID_STATE",
      /^paramGroups\[0\]: there is no parameter "other"/,
    ],
    [
      "groups with fewer names",
      () => fromTorch({ ...torch, paramGroups: [{ params: [0, 1], param_names: ["list.0"] }] }, into),
      "INVALID_STATE",
      /2 parameters, but 1 names/,
    ],
    [
      "groups that lack a parameter",
      () => fromTorch({ ...torch, paramGroups: [{ params: [0], param_names: ["list.0"] }] }, into),
      "INVALID_STATE",
      /PyTorch's optimizer does not have "dense\.kernel"/,
    ],
    [
      "something else than groups",
      () => fromTorch({ ...torch, paramGroups: {} as never }, into),
      "INVALID_STATE",
      /^paramGroups: expected the list/,
    ],
    [
      "amsgrad for adam",
      () => fromTorch(toTorch(snapshotOf(gl.amsgrad(0.1))), into),
      "INVALID_STATE",
      /max_exp_avg_sq"\]: nothing here takes/,
    ],
    [
      "a state that PyTorch lacks",
      () => toTorch(snapshotOf(gl.chain(gl.ema(0.9), gl.adam(0.1)))),
      "UNSUPPORTED",
      /^optState\[0\]\.ema.*EmaState/,
    ],
    [
      "a schedule and no number of steps",
      () => fromTorch(toTorch(snapshotOf(gl.sgd(() => 0.1))), { ...into, tx: gl.sgd(() => 0.1) }),
      "INVALID_STATE",
      /no number of steps\. Pass it as step/,
    ],
    [
      "momentum of steps whose learning rate changed",
      () => toTorch(snapshotOf(gl.rmsprop(() => 0.1, { momentum: 0.5 }))),
      "UNSUPPORTED",
      /learning rate of their time/,
    ],
    [
      "momentum of steps without the learning rate",
      () => toTorch(snapshotOf(gl.rmsprop(0.1, { momentum: 0.5 }))),
      "INVALID_STATE",
      /^paramGroups\[0\]\.lr: the learning rate is not known/,
    ],
    [
      "momentum that MLX lacks",
      () => toMlx(snapshotOf(gl.rmsprop(0.1, { momentum: 0.5 })), { learningRate: 0.1 }),
      "UNSUPPORTED",
      /no RMSprop with momentum/,
    ],
    ["no learning rate for MLX", () => toMlx(snapshot), "INVALID_HYPERPARAMETER", /^toMlx\.learningRate/],
    [
      "two parameters of one name",
      () => toOptax(snapshot, { name: () => "same" }),
      "INVALID_HYPERPARAMETER",
      /same name/,
    ],
    [
      "a name that is no text",
      () => toOptax(snapshot, { name: () => undefined as never }),
      "INVALID_HYPERPARAMETER",
      /returned no text/,
    ],
    [
      "axes for a part of another shape",
      () =>
        toOptax(snapshotOf(gl.adafactor(0.1, { minDimSizeToFactor: 2 })), {
          axes: (_, shape) => (shape.length === 2 ? [1, 0] : undefined),
        }),
      "UNSUPPORTED",
      /^optState.*shape \[\d\] is not that of its parameter/,
    ],
    [
      "axes that are none",
      () => toTorch(snapshot, { axes: () => [0, 0] }),
      "INVALID_HYPERPARAMETER",
      /^params\.dense\.kernel: axes returned \[0,0\]/,
    ],
  ])("%s", (_, run, code, message) => {
    expectError(run, code, message);
  });

  const weights = toTfjs(snapshot);
  const withSpecs = (specs: readonly object[]) => ({ ...weights, weightSpecs: specs }) as never;

  it.each<[string, () => unknown, ErrorCode, RegExp]>([
    [
      "without an optimizer",
      () => fromTfjs(toTfjs({ ...snapshot, optState: [] }), into),
      "INVALID_STATE",
      /has 1 weights of the optimizer, expected 7/,
    ],
    [
      "of another optimizer",
      () => fromTfjs(toTfjs(snapshotOf(gl.rmsprop(0.1, { momentum: 0 }))), into),
      "INVALID_STATE",
      /expected dense\/kernel\/m at this position/,
    ],
    [
      "in another order",
      () => fromTfjs(toTfjs(snapshot, { order: ["list/0", "dense/kernel", "dense/bias"] }), into),
      "INVALID_STATE",
      /^list\/0\/m: expected dense\/kernel\/m at this position\. Pass order/,
    ],
    [
      "whose order lacks a variable",
      () => toTfjs(snapshot, { order: ["list/0"] }),
      "INVALID_STATE",
      /order lacks "dense\/(kernel|bias)"/,
    ],
    [
      "with bytes left over",
      () => fromTfjs(withSpecs(weights.weightSpecs.slice(0, -1)), into),
      "INVALID_STATE",
      /^weightData: 4 bytes are left over/,
    ],
    [
      "with bytes missing",
      () => fromTfjs({ ...weights, weightData: weights.weightData.slice(4) }, into),
      "INVALID_STATE",
      /weightData ends before/,
    ],
    [
      "that are quantized",
      () => fromTfjs(withSpecs(weights.weightSpecs.map((spec) => ({ ...spec, quantization: {} }))), into),
      "UNSUPPORTED",
      /^dense\/kernel: weights of quantized float32/,
    ],
    ["without specs", () => fromTfjs({} as never, into), "INVALID_STATE", /^weightSpecs/],
    [
      "of doubles",
      () => toTfjs(snapshotOf(gl.sgd(0.1), { w: Float64Array.of(1) })),
      "DTYPE_MISMATCH",
      /^w: TensorFlow\.js has no weights of Float64Array/,
    ],
    [
      "of a momentum of other steps",
      () => toTfjs(snapshotOf(gl.chain(gl.scaleByRms(), gl.trace(0.5), gl.scale(-0.1)))),
      "UNSUPPORTED",
      /momentum of RMSProp/,
    ],
  ])("weights of TensorFlow.js %s", (_, run, code, message) => {
    expectError(run, code, message);
  });
});
