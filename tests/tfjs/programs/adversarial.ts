import * as tf from "@tensorflow/tfjs";
import type { Program } from "./program.ts";

const dense = (
  units: number,
  seed: number,
  rest: { inputShape?: number[]; activation?: "tanh" | "sigmoid" },
) => tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }), ...rest });

/** Draws points on a circle with a seed, the data that the generator imitates. */
const circle = (count: number, seed: number): tf.Tensor2D =>
  tf.tidy(() => {
    const angle = tf.randomUniform([count, 1], 0, 2 * Math.PI, "float32", seed);
    return tf.concat([tf.cos(angle), tf.sin(angle)], 1) as tf.Tensor2D;
  });

/**
 * A generator and a discriminator with an optimizer each. As usual in Keras, the discriminator is not trainable while the model of
 * both is compiled and trained.
 */
export const adversarial: Program = async (newOptimizer) => {
  const [batch, latent] = [16, 4];
  const generator = tf.sequential({
    layers: [dense(12, 1, { inputShape: [latent], activation: "tanh" }), dense(2, 2, {})],
  });
  const discriminator = tf.sequential({
    layers: [dense(12, 3, { inputShape: [2], activation: "tanh" }), dense(1, 4, { activation: "sigmoid" })],
  });
  const optimizers = [newOptimizer(), newOptimizer()] as const;
  discriminator.compile({ optimizer: optimizers[0], loss: "binaryCrossentropy" });
  const noise = tf.input({ shape: [latent] });
  const combined = tf.model({
    inputs: noise,
    outputs: discriminator.apply(generator.apply(noise)) as tf.SymbolicTensor,
  });
  discriminator.trainable = false;
  combined.compile({ optimizer: optimizers[1], loss: "binaryCrossentropy" });

  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    const z = tf.randomNormal([batch, latent], 0, 1, "float32", 100 + step);
    const made = generator.predict(z) as tf.Tensor2D;
    const real = circle(batch, 200 + step);
    const x = tf.concat([real, made]);
    const y = tf.tidy(() => tf.concat([tf.ones([batch, 1]), tf.zeros([batch, 1])]));
    const wanted = tf.ones([batch, 1]);
    discriminator.trainable = true;
    losses.push((await discriminator.trainOnBatch(x, y)) as number);
    discriminator.trainable = false;
    losses.push((await combined.trainOnBatch(z, wanted)) as number);
    tf.dispose([z, made, real, x, y, wanted]);
  }
  combined.dispose();
  for (const optimizer of optimizers) optimizer.dispose();
  return losses;
};
