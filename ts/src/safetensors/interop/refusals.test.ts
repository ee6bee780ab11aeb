import { describe, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";
import {
  adam,
  expectError,
  initial,
  into,
  snapshot,
  snapshotOf,
} from "../../../../tests/safetensors/travelling.ts";
import type { ErrorCode } from "../../error.ts";
import { fromMlx, fromOptax, fromTorch, toMlx, toOptax, torchKernels, toTorch } from "./index.ts";

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
      "a state that JSON or structuredClone has stripped",
      () => toOptax(structuredClone(snapshot)),
      "INVALID_STATE",
      /^optState: the state has lost the names of its types/,
    ],
    [
      "a number of steps that differs from that of the checkpoint",
      () => fromTorch(torch, { ...into, step: 5 }),
      "INVALID_STATE",
      /3 steps, but 5 at fromTorch\.step/,
    ],
    [
      "an order that is none",
      () => fromTorch(torch, { ...into, order: "dense" as never }),
      "INVALID_HYPERPARAMETER",
      /^fromTorch\.order: expected a list of names/,
    ],
    [
      "an order that differs from param_names",
      () => fromTorch(torch, { ...into, order: ["list.0", "dense.bias", "dense.kernel"] }),
      "INVALID_STATE",
      /param_names differ from order/,
    ],
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
});
