import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import {
  fromTorch,
  type TorchCheckpoint,
  torchKernels,
  toTorch,
} from "../../ts/src/safetensors/interop/index.ts";
import { expectSame, HALF, makeFolder, removeFolder, STEPS, train } from "./cases.ts";
import { formsOf, readTensors, writeTensors } from "./files.ts";
import { initial } from "./mlp.ts";
import { python } from "./python.ts";

/** An optimizer in PyTorch, and the one here that does the same arithmetic. */
interface Case {
  readonly name: string;
  readonly optimizer: string;
  readonly options: object;
  /** The parameters of each group, by default all in one. */
  readonly groups: readonly { readonly names: readonly string[]; readonly options: object }[];
  /** Whether the optimizer knows the names of its parameters. */
  readonly named: boolean;
  readonly tx: gl.GradientTransformation;
  /** How far numbers may differ; by default that of `expectSame`. */
  readonly tolerance?: number;
}

const NAMES = ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"];
const ALL = [{ names: NAMES, options: {} }];

const one = (
  name: string,
  optimizer: string,
  options: object,
  tx: gl.GradientTransformation,
  more: Partial<Case> = {},
): Case => ({
  ...{ name, optimizer, options, groups: ALL, named: true, tx },
  ...more,
});

/** PyTorch corrects the bias of amsgrad's maximum, Optax that of the averages before it: here by the learning rate. */
const amsgradRate: gl.Schedule = (count) => 0.05 * Math.sqrt(1 - 0.9 ** (count + 1));

const cases: readonly Case[] = [
  one("sgd", "SGD", { lr: 0.1 }, gl.sgd(0.1)),
  one("sgd-momentum", "SGD", { lr: 0.1, momentum: 0.9 }, gl.sgd(0.1, { momentum: 0.9 })),
  one(
    "sgd-nesterov",
    "SGD",
    { lr: 0.1, momentum: 0.8, nesterov: true, weight_decay: 0.1 },
    gl.chain(gl.addDecayedWeights({ weightDecay: 0.1 }), gl.sgd(0.1, { momentum: 0.8, nesterov: true })),
  ),
  one("adam", "Adam", { lr: 0.05 }, gl.adam(0.05)),
  one(
    "adam-decay",
    "Adam",
    { lr: 0.05, weight_decay: 0.1 },
    gl.chain(gl.addDecayedWeights({ weightDecay: 0.1 }), gl.adam(0.05)),
  ),
  one(
    "adamw",
    "AdamW",
    { lr: 0.05, betas: [0.8, 0.95], weight_decay: 0.1 },
    gl.adamw(0.05, { b1: 0.8, b2: 0.95, weightDecay: 0.1 }),
  ),
  one("adamw-unnamed", "AdamW", { lr: 0.05 }, gl.adamw(0.05, { weightDecay: 0.01 }), { named: false }),
  one(
    "adam-amsgrad",
    "Adam",
    { lr: 0.05, betas: [0.9, 0.9], eps: 1e-12, amsgrad: true },
    gl.amsgrad(amsgradRate, { b2: 0.9, eps: 1e-12, biasCorrectionNu: false }),
  ),
  one(
    "adamw-amsgrad",
    "AdamW",
    { lr: 0.05, betas: [0.9, 0.9], eps: 1e-12, amsgrad: true, weight_decay: 0 },
    gl.amsgrad(amsgradRate, { b2: 0.9, eps: 1e-12, biasCorrectionNu: false }),
  ),
  one("rmsprop", "RMSprop", { lr: 0.01, alpha: 0.9 }, gl.rmsprop(0.01, { decay: 0.9, epsInSqrt: false })),
  one(
    "rmsprop-centered",
    "RMSprop",
    { lr: 0.01, alpha: 0.9, centered: true },
    gl.rmsprop(0.01, { decay: 0.9, epsInSqrt: false, centered: true }),
  ),
  one(
    "rmsprop-momentum",
    "RMSprop",
    { lr: 0.01, alpha: 0.9, momentum: 0.5 },
    gl.rmsprop(0.01, { decay: 0.9, epsInSqrt: false, momentum: 0.5 }),
  ),
  one(
    "rmsprop-both",
    "RMSprop",
    { lr: 0.01, alpha: 0.9, momentum: 0.5, centered: true },
    gl.chain(gl.scaleByStddev({ decay: 0.9, epsInSqrt: false }), gl.trace(0.5), gl.scaleByLearningRate(0.01)),
    { tolerance: 2e-5 }, // The variance is a difference, which magnifies rounding.
  ),
  one(
    "adagrad",
    "Adagrad",
    { lr: 0.1, initial_accumulator_value: 0.1 },
    gl.adagrad(0.1, { initialAccumulatorValue: 0.1, eps: 0 }),
  ),
  one(
    "groups",
    "AdamW",
    { weight_decay: 0 },
    gl.partition(
      { kernels: gl.adam(0.05), biases: gl.adam(0.01) },
      {
        dense1: { kernel: "kernels", bias: "biases" },
        dense2: { kernel: "kernels", bias: "biases" },
      },
    ),
    {
      groups: [
        { names: ["dense1.weight", "dense2.weight"], options: { lr: 0.05 } },
        { names: ["dense1.bias", "dense2.bias"], options: { lr: 0.01 } },
      ],
    },
  ),
  one(
    "frozen",
    "AdamW",
    { lr: 0.05 },
    gl.selectiveTransform(gl.chain(gl.clipByGlobalNorm(1e6), gl.adamw(0.05, { weightDecay: 0.01 })), {
      dense1: true,
      dense2: false,
    }),
    { groups: [{ names: ["dense2.weight", "dense2.bias"], options: {} }] },
  ),
];

/** A file of a case. */
const file = (root: string, { name }: Case, ...path: readonly string[]): string => join(root, name, ...path);

const read = (root: string, row: Case, from: string): TorchCheckpoint => ({
  model: readTensors(file(root, row, from, "model.safetensors")),
  optimizer: readTensors(file(root, row, from, "optimizer_state.safetensors")),
  paramGroups: JSON.parse(readFileSync(file(root, row, from, "optimizer_param_groups.json"), "utf8")),
});

const write = (root: string, row: Case, { model, optimizer, paramGroups }: TorchCheckpoint): void => {
  writeTensors(file(root, row, "ours", "model.safetensors"), model ?? {});
  writeTensors(file(root, row, "ours", "optimizer_state.safetensors"), optimizer);
  writeFileSync(file(root, row, "ours", "optimizer_param_groups.json"), JSON.stringify(paramGroups));
};

/** Returns the groups of a case without hyperparameters but the learning rate: the optimizer that loads them has its own. */
const groupsOf = ({ groups, options, named }: Case) => {
  let next = 0;
  return groups.map((group) => ({
    params: group.names.map(() => next++),
    ...(named && { param_names: group.names }),
    ...("lr" in options && { lr: options.lr as number }),
  }));
};

const orderOf = ({ groups }: Case): string[] => groups.flatMap(({ names }) => names);

describe("checkpoints of PyTorch, in the files of LeRobot", () => {
  let root: string;

  beforeAll(() => {
    root = makeFolder("torch", cases);
    const start = toTorch({ params: initial(), optState: [], step: 0 }, torchKernels);
    writeTensors(join(root, "initial.safetensors"), start.model);
    for (const row of cases) {
      const options = { ...torchKernels, paramGroups: groupsOf(row), order: orderOf(row) };
      write(root, row, toTorch(train(row.tx, HALF), options));
    }
    python("torch_cases.py", root);
  });

  afterAll(() => removeFolder(root));

  for (const row of cases) {
    const into = { params: initial(), tx: row.tx, ...torchKernels };
    const order = row.named ? null : orderOf(row);
    const step = row.optimizer === "SGD" ? HALF : null;

    it(`${row.name} goes on from PyTorch as if it had never stopped`, () => {
      const whole = fromTorch(read(root, row, "whole"), { ...into, order, step: step && STEPS });
      const middle = fromTorch(read(root, row, "theirs"), { ...into, order, step });
      expect(middle.step).toBe(HALF);
      const end = train(row.tx, STEPS - HALF, middle);
      expectSame(end.params, whole.params, "params", row.tolerance);
      expectSame(end.optState, whole.optState, "optState", row.tolerance);
    });

    it(`${row.name} has the same tensors as in PyTorch`, () => {
      const [ours, theirs] = [read(root, row, "ours"), read(root, row, "theirs")];
      expect(formsOf(ours.optimizer)).toEqual(formsOf(theirs.optimizer));
      expect(formsOf(ours.model ?? {})).toEqual(formsOf(theirs.model ?? {}));
      const groups = { paramGroups: theirs.paramGroups, order, ...torchKernels };
      expect(toTorch(train(row.tx, HALF), groups).paramGroups).toEqual(theirs.paramGroups);
    });

    it(`${row.name} goes on in PyTorch as if it had never stopped`, () => {
      const whole = train(row.tx, STEPS);
      const end = fromTorch(read(root, row, "continued"), { ...into, order, step: step && STEPS });
      expectSame(end.params, whole.params, "params", row.tolerance);
      expectSame(end.optState, whole.optState, "optState", row.tolerance);
      expect(end.step).toBe(STEPS);
    });
  }
});
