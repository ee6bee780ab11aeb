import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { fromMlx, type MlxCheckpoint, mlxKernels, toMlx } from "../../ts/src/safetensors/interop/index.ts";
import { expectSame, HALF, makeFolder, removeFolder, STEPS, train } from "./cases.ts";
import { formsOf, readTensors, writeTensors } from "./files.ts";
import { initial } from "./mlp.ts";
import { python } from "./python.ts";

/** An optimizer in MLX, and the one here that does the same arithmetic. */
interface Case {
  readonly name: string;
  readonly optimizer: string;
  readonly options: { readonly learning_rate: number; readonly [option: string]: unknown };
  /** The layer that does not learn. */
  readonly frozen?: string;
  readonly tx: gl.GradientTransformation;
  /** Whether the states differ: MLX writes a momentum of 0 as zeros, Optax as the last gradient. */
  readonly statesDiffer?: boolean;
}

const rate = { learning_rate: 0.05 };
const corrected = { ...rate, bias_correction: true };

const cases: readonly Case[] = [
  { name: "sgd", optimizer: "SGD", options: rate, tx: gl.sgd(0.05, { momentum: 0 }), statesDiffer: true },
  {
    name: "momentum",
    optimizer: "SGD",
    options: { ...rate, momentum: 0.9 },
    tx: gl.sgd(0.05, { momentum: 0.9 }),
  },
  { name: "adam", optimizer: "Adam", options: corrected, tx: gl.adam(0.05) },
  {
    name: "adamw",
    optimizer: "AdamW",
    options: { ...corrected, weight_decay: 0.1 },
    tx: gl.chain(gl.clipByGlobalNorm(1e6), gl.adamw(0.05, { weightDecay: 0.1 })),
  },
  {
    name: "rmsprop",
    optimizer: "RMSprop",
    options: { ...rate, alpha: 0.9 },
    tx: gl.rmsprop(0.05, { decay: 0.9, epsInSqrt: false }),
  },
  {
    name: "adagrad",
    optimizer: "Adagrad",
    options: rate,
    tx: gl.adagrad(0.05, { initialAccumulatorValue: 0, eps: 0 }),
  },
  { name: "adadelta", optimizer: "AdaDelta", options: rate, tx: gl.adadelta(0.05, { rho: 0.9, eps: 1e-6 }) },
  {
    name: "lion",
    optimizer: "Lion",
    options: { ...rate, weight_decay: 0.1 },
    tx: gl.lion(0.05, { b2: 0.99, weightDecay: 0.1 }),
  },
  {
    name: "frozen",
    optimizer: "Adam",
    options: corrected,
    frozen: "dense1",
    tx: gl.selectiveTransform(gl.adam(0.05), { dense1: true, dense2: false }),
  },
];

const read = (folder: string): MlxCheckpoint => ({
  model: readTensors(join(folder, "model.safetensors")),
  optimizer: readTensors(join(folder, "optimizer.safetensors")),
});

describe("checkpoints of MLX", () => {
  let root: string;

  beforeAll(() => {
    root = makeFolder(
      "mlx",
      cases.map((row) => ({ frozen: null, ...row })),
    );
    const write = (path: string, tensors: MlxCheckpoint["optimizer"]) =>
      writeTensors(join(root, path), tensors);
    for (const { name, tx, options } of cases) {
      const ours = toMlx(train(tx, HALF), { learningRate: options.learning_rate, ...mlxKernels });
      write(`${name}/ours/model.safetensors`, ours.model);
      write(`${name}/ours/optimizer.safetensors`, ours.optimizer);
    }
    const start = { params: initial(), optState: [], step: 0 };
    write("initial.safetensors", toMlx(start, { learningRate: 0, ...mlxKernels }).model);
    python("mlx_cases.py", root);
  });

  afterAll(() => removeFolder(root));

  for (const { name, tx, statesDiffer } of cases) {
    const from = (folder: string) =>
      fromMlx(read(join(root, name, folder)), { params: initial(), tx, ...mlxKernels });

    it(`${name} goes on from MLX as if it had never stopped`, () => {
      const middle = from("theirs");
      expect(middle.step).toBe(HALF);
      const [whole, end] = [from("whole"), train(tx, STEPS - HALF, middle)];
      expectSame(end.params, whole.params, "params");
      if (!statesDiffer) expectSame(end.optState, whole.optState, "optState");
    });

    it(`${name} has the same tensors as in MLX`, () => {
      const [ours, theirs] = ["ours", "theirs"].map((folder) => read(join(root, name, folder)));
      expect(formsOf(ours?.optimizer)).toEqual(formsOf(theirs?.optimizer));
      expect(formsOf(ours?.model)).toEqual(formsOf(theirs?.model));
    });

    it(`${name} goes on in MLX as if it had never stopped`, () => {
      const [whole, end] = [train(tx, STEPS), from("continued")];
      expectSame(end.params, whole.params, "params");
      if (!statesDiffer) expectSame(end.optState, whole.optState, "optState");
      expect(end.step).toBe(STEPS);
    });
  }
});
