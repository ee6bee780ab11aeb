import { describe, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";
import { expectError, into, snapshot, snapshotOf } from "../../../../tests/safetensors/travelling.ts";
import type { ErrorCode } from "../../error.ts";
import { fromTfjs, toTfjs } from "./index.ts";

describe("weights of TensorFlow.js that do not fit", () => {
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
  ])("%s", (_, run, code, message) => {
    expectError(run, code, message);
  });
});
