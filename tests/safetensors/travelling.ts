import { expect } from "vitest";
import type { ErrorCode } from "../../ts/src/error.ts";
import { gl } from "../engine.ts";

/** Makes a tree of parameters. */
export const initial = () => ({
  dense: { kernel: gl.tensor(Float32Array.from([1, 2, 3, 4, 5, 6]), [2, 3]), bias: new Float32Array(3) },
  list: [Float32Array.of(7)],
});

/** Takes three steps with the parameters themselves as gradients. */
// biome-ignore lint/suspicious/noExplicitAny: any tree and any optimizer
export const snapshotOf = (tx: gl.GradientTransformation, params: any = initial()): gl.Snapshot<any, any> => {
  const train = gl.TrainState.create({ params, tx });
  for (let step = 0; step < 3; step++) train.applyGradients(params);
  const snapshot = train.snapshot();
  train.dispose();
  return snapshot;
};

export const adam = gl.adam(0.1);
export const snapshot = snapshotOf(adam);
/** What reading the snapshot takes. */
export const into = { params: initial(), tx: adam };

/** Expects an error with a code, and a message that matches. */
export const expectError = (run: () => unknown, code: ErrorCode, message: RegExp): void => {
  expect(run).toThrow(
    expect.objectContaining({ name: "GradloomError", code, message: expect.stringMatching(message) }),
  );
};
