import * as tf from "@tensorflow/tfjs";
import { type Program, takeNumber } from "./program.ts";

/** A cubic polynomial fitted to noisy points: four variables of one number. */
export const polynomial: Program = async (newOptimizer) => {
  const coefficients = [-0.3, 0.2, 0.9, -0.5].map((start) => tf.tidy(() => tf.variable(tf.scalar(start))));
  const at = (x: tf.Tensor): tf.Tensor =>
    coefficients.reduce<tf.Tensor>(
      (sum, coefficient) => tf.add(tf.mul(sum, x), coefficient),
      tf.zerosLike(x),
    );
  const x = tf.linspace(-1, 1, 40);
  const y = tf.tidy(() => {
    const exact = x.mul(-0.8).sub(0.2).mul(x).add(0.9).mul(x).add(0.5);
    return exact.add(tf.randomNormal([40], 0, 0.05, "float32", 4));
  });
  const optimizer = newOptimizer();
  const losses: number[] = [];
  for (let step = 0; step < 40; step++) {
    const loss = (): tf.Scalar => tf.losses.meanSquaredError(y, at(x)) as tf.Scalar;
    losses.push(await takeNumber(optimizer.minimize(loss, true, coefficients) as tf.Scalar));
  }
  optimizer.dispose();
  tf.dispose([x, y, ...coefficients]);
  return losses;
};
