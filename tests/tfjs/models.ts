import { tf } from "./backends.ts";

/** Makes a small regression problem. */
export const problem = () => {
  const xs = tf.randomNormal([32, 3], 0, 1, "float32", 5);
  return { xs, ys: tf.tidy(() => tf.sum(tf.square(xs), 1, true)) };
};

/** Makes a model with two layers, `hidden` and `out`; where the names of their weights are taken, they get a number. */
export const twoLayers = () => {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({
        name: "hidden",
        units: 8,
        activation: "tanh",
        inputShape: [3],
        kernelInitializer: kernelInitializer(1),
      }),
      tf.layers.dense({ name: "out", units: 1, kernelInitializer: kernelInitializer(2) }),
    ],
  });
};

/** Trains a compiled model for some epochs without shuffling; returns the losses. */
export const trainFor = async (model: tf.LayersModel, epochs: number): Promise<number[]> => {
  const { xs, ys } = problem();
  const { history } = await model.fit(xs, ys, { epochs, batchSize: 16, shuffle: false, verbose: 0 });
  tf.dispose([xs, ys]);
  return history.loss as number[];
};

/** Returns all weights of a model. */
export const weightsOf = (model: tf.LayersModel): number[][] =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));

/** Saves a model with its optimizer; returns what a server would store. */
export const saved = async (model: tf.LayersModel): Promise<tf.io.ModelArtifacts> => {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  });
  await model.save(handler, { includeOptimizer: true });
  return artifacts as tf.io.ModelArtifacts;
};
