import * as tf from "@tensorflow/tfjs-core";
import * as gl from "gradloom";
import type { Digits } from "./data.ts";
import { crossEntropy } from "./tensorflow.ts";

// A perceptron with two hidden layers: 235 146 parameters in six leaves.
const LAYERS = { dense1: [784, 256], dense2: [256, 128], dense3: [128, 10] } as const;

type LayerName = keyof typeof LAYERS;
type Leaf = gl.Tensor<Float32Array>;

/** The parameters: a tree of typed arrays with shapes. */
export type Params = Record<LayerName, { kernel: Leaf; bias: Leaf }>;

const layerNames = Object.keys(LAYERS) as LayerName[];

/** Draws weights by He initialisation. */
export const initParams = (seed: number): Params =>
  fromTensors(
    layerNames.flatMap((name, index) => {
      const [inputs, outputs] = LAYERS[name];
      const kernel = tf.randomNormal([inputs, outputs], 0, Math.sqrt(2 / inputs), "float32", seed + index);
      return [kernel, tf.zeros([outputs])];
    }),
  );

/** Returns the loss on a batch and its gradients with respect to every parameter. */
export const lossAndGrads = (params: Params, batch: Digits): { loss: number; grads: Params } => {
  const lossOf = (...tensors: tf.Tensor[]) => crossEntropy(logits(tensors, batch.images), batch.labels);
  const { value, grads } = tf.tidy(() => tf.valueAndGrads(lossOf)(toTensors(params)));
  const loss = value.dataSync()[0]!;
  value.dispose();
  return { loss, grads: fromTensors(grads) };
};

/** Returns the share of digits that are recognised. */
export const accuracy = (params: Params, { images, labels }: Digits): number =>
  tf.tidy(() => {
    const predicted = tf.argMax(logits(toTensors(params), images), 1).dataSync();
    const right = labels.dataSync().filter((label, row) => label === predicted[row]);
    return right.length / labels.size;
  });

const logits = (tensors: tf.Tensor[], images: tf.Tensor2D): tf.Tensor2D => {
  const dense = (layer: number, x: tf.Tensor) =>
    tf.add(tf.matMul(x, tensors[2 * layer]!), tensors[2 * layer + 1]!);
  const hidden1 = tf.relu(dense(0, images));
  const hidden2 = tf.relu(dense(1, hidden1));
  return dense(2, hidden2) as tf.Tensor2D;
};

// TensorFlow.js has its own memory: each step copies the parameters in and the gradients out.
const toTensors = (params: Params): tf.Tensor[] =>
  layerNames
    .flatMap((name) => [params[name].kernel, params[name].bias])
    .map(({ data, shape }) => tf.tensor(data, [...shape]));

const fromTensors = (tensors: tf.Tensor[]): Params => {
  const leaves = tensors.map((tensor) => gl.tensor(tensor.dataSync() as Float32Array, tensor.shape));
  tf.dispose(tensors);
  const layers = layerNames.map((name, index) => {
    return [name, { kernel: leaves[2 * index], bias: leaves[2 * index + 1] }];
  });
  return Object.fromEntries(layers);
};
