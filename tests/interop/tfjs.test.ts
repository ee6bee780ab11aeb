import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { fromTfjs, toTfjs } from "../../ts/src/safetensors/interop/index.ts";
import { expectSame, HALF, STEPS, train } from "./cases.ts";
import { data, initial, SIZES } from "./mlp.ts";

/** An optimizer of TensorFlow.js, and the one here that does the same arithmetic. */
interface Case {
  readonly name: string;
  readonly optimizer: () => tf.Optimizer;
  readonly tx: gl.GradientTransformation;
  readonly frozen?: boolean;
  readonly tolerance?: number;
}

const cases: readonly Case[] = [
  { name: "sgd", optimizer: () => tf.train.sgd(0.1), tx: gl.sgd(0.1) },
  { name: "momentum", optimizer: () => tf.train.momentum(0.1, 0.9), tx: gl.sgd(0.1, { momentum: 0.9 }) },
  {
    name: "nesterov",
    optimizer: () => tf.train.momentum(0.1, 0.9, true),
    tx: gl.sgd(0.1, { momentum: 0.9, nesterov: true }),
  },
  {
    name: "adam",
    optimizer: () => tf.train.adam(0.05, 0.9, 0.99, 1e-7),
    tx: gl.adam(0.05, { b2: 0.99, eps: 1e-7 }),
  },
  {
    name: "frozen",
    optimizer: () => tf.train.adam(0.05, 0.9, 0.99, 1e-7),
    tx: gl.selectiveTransform(gl.adam(0.05, { b2: 0.99, eps: 1e-7 }), { dense1: true, dense2: false }),
    frozen: true,
  },
  {
    name: "rmsprop",
    optimizer: () => tf.train.rmsprop(0.01, 0.9, 0, 1e-7),
    tx: gl.rmsprop(0.01, { eps: 1e-7, momentum: 0 }),
  },
  {
    name: "rmsprop-momentum",
    optimizer: () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7),
    tx: gl.rmsprop(0.01, { eps: 1e-7, momentum: 0.5 }),
  },
  {
    name: "rmsprop-centered",
    optimizer: () => tf.train.rmsprop(0.01, 0.9, 0.5, 0, true),
    tx: gl.rmsprop(0.01, { eps: 0, momentum: 0.5, centered: true }),
    tolerance: 2e-5, // The variance is a difference, which magnifies rounding.
  },
  {
    name: "adagrad",
    optimizer: () => tf.train.adagrad(0.1, 0.1),
    tx: gl.adagrad(0.1, { initialAccumulatorValue: 0.1, eps: 1e-7 }),
  },
];

const examples = () => ({
  x: tf.tensor2d(data.x, [SIZES.examples, SIZES.inputs]),
  y: tf.tensor2d(data.y, [SIZES.examples, SIZES.outputs]),
});

/** Makes the network of mlp.ts with its initial weights. */
const makeModel = ({ optimizer, frozen = false }: Case): tf.LayersModel => {
  const { dense1, dense2 } = initial();
  const [inputShape, activation] = [[SIZES.inputs], "tanh" as const];
  const layers = [
    tf.layers.dense({ name: "dense1", units: SIZES.hidden, inputShape, activation, trainable: !frozen }),
    tf.layers.dense({ name: "dense2", units: SIZES.outputs }),
  ];
  const model = tf.sequential({ layers });
  [dense1, dense2].forEach(({ kernel, bias }, i) => {
    layers[i]?.setWeights([tf.tensor2d(kernel.data, kernel.shape as [number, number]), tf.tensor1d(bias)]);
  });
  model.compile({ optimizer: optimizer(), loss: "meanSquaredError" });
  return model;
};

const fitModel = async (model: tf.LayersModel, epochs: number): Promise<void> => {
  const { x, y } = examples();
  await model.fit(x, y, { epochs, batchSize: SIZES.examples, shuffle: false, verbose: 0 });
};

/** Returns the artifacts of a model as it saves them with its optimizer. */
const artifactsOf = async (model: tf.LayersModel): Promise<tf.io.ModelArtifacts> => {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  });
  await model.save(handler, { includeOptimizer: true });
  return saved as tf.io.ModelArtifacts;
};

describe("weights of TensorFlow.js", () => {
  beforeAll(() => tf.setBackend("cpu"));

  for (const row of cases) {
    const { name, tx, tolerance } = row;
    const read = (artifacts: tf.io.ModelArtifacts) => fromTfjs(artifacts, { params: initial(), tx });

    it(`${name} goes on from TensorFlow.js as if it had never stopped`, async () => {
      const model = makeModel(row);
      await fitModel(model, HALF);
      const middle = read(await artifactsOf(model));
      expect(middle.step).toBe(HALF);
      await fitModel(model, STEPS - HALF);
      const [whole, end] = [read(await artifactsOf(model)), train(tx, STEPS - HALF, middle)];
      expectSame(end.params, whole.params, "params", tolerance);
      expectSame(end.optState, whole.optState, "optState", tolerance);
    });

    it(`${name} goes on in TensorFlow.js as if it had never stopped`, async () => {
      const model = makeModel(row);
      await fitModel(model, 1);
      const { modelTopology, trainingConfig } = await artifactsOf(model);
      const artifacts = { modelTopology, trainingConfig, ...toTfjs(train(tx, HALF)) };
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
      await fitModel(loaded, STEPS - HALF);
      const [whole, end] = [train(tx, STEPS), read(await artifactsOf(loaded))];
      expectSame(end.params, whole.params, "params", tolerance);
      expectSame(end.optState, whole.optState, "optState", tolerance);
      expect(end.step).toBe(STEPS);
    });
  }
});
