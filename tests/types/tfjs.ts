/** Code for TensorFlow.js that must compile, and lines that must not: only the compiler reads this file, nothing runs it. */
import * as tf from "@tensorflow/tfjs";
import * as gl from "../../ts/src/entry/node.ts";
import { byLayer, type TfMemory, type TfOptimizer, toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { expectType } from "./expect-type.ts";

const optimizer = toTfOptimizer(gl.adamw(1e-3), { missingGradient: "zero", name: "mine", engine: "wasm" });
expectType<TfOptimizer>()(optimizer, true);
expectType<TfMemory | undefined>()(optimizer.memory, true);
expectType<number>()(optimizer.iterations, true);
// @ts-expect-error a transformation is required
toTfOptimizer();
// @ts-expect-error optimizers of TensorFlow.js are no transformations
toTfOptimizer(tf.train.adam(1e-3));
// @ts-expect-error there is no such choice
toTfOptimizer(gl.adam(1e-3), { missingGradient: "none" });
// @ts-expect-error an option of another name
toTfOptimizer(gl.adam(1e-3), { learningRate: 1 });

// It goes wherever an optimizer of TensorFlow.js goes.
const x = tf.variable(tf.scalar(1));
const loss = () => tf.square(x) as tf.Scalar;
const theirs: tf.Optimizer = optimizer;
theirs.minimize(loss, true, [x]);
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
model.compile({ optimizer, loss: "meanSquaredError" });
const { grads, value } = optimizer.computeGradients(loss, [x]);
optimizer.applyGradients(grads);
optimizer.applyGradients([{ name: "x", tensor: value }], { value: 1 });
// @ts-expect-error gradients are tensors
optimizer.applyGradients({ x: new Float32Array(1) });

// Layers keep their type, and labels are those that have a transformation.
const labels = byLayer(model, (layer, weight) => {
  expectType<tf.layers.Layer>()(layer, true);
  expectType<string>()(weight, true);
  return layer.trainable ? "learns" : "frozen";
});
gl.partition({ learns: gl.adam(1), frozen: gl.setToZero() }, labels);
// @ts-expect-error no transformation has the label "learns"
gl.partition({ fast: gl.adam(1), frozen: gl.setToZero() }, labels);
gl.masked(
  gl.adam(1),
  byLayer(model, ({ name }) => name === "head"),
);
// @ts-expect-error a mask or labels, no numbers
byLayer(model, () => 5);
