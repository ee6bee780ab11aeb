import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** Starts TensorFlow.js on its WebAssembly backend. */
export const startTensorFlow = async (): Promise<void> => {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  await tf.setBackend("wasm");
  // The WebAssembly module prints its minified source with each uncaught error: without its handlers Node reports them.
  process.removeAllListeners("uncaughtException");
  process.removeAllListeners("unhandledRejection");
};

/** Softmax cross-entropy, averaged over the batch, with its gradient in closed form. */
export const crossEntropy = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar => {
  const [batchSize, classes] = logits.shape;
  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor);
    const targets = tf.oneHot(labels, classes);
    (save as tf.GradSaveFunc)([logProbabilities, targets]);
    return {
      value: tf.div(tf.neg(tf.sum(tf.mul(targets, logProbabilities))), batchSize),
      gradFunc: (dy: tf.Tensor, [saved, wanted]: tf.Tensor[]) =>
        tf.mul(dy, tf.div(tf.sub(tf.exp(saved!), wanted!), batchSize)),
    };
  });
  return loss(logits) as tf.Scalar;
};

// tfjs-core registers no gradients in Node. These three are all that a perceptron needs, and they transpose
// explicitly: the WebAssembly backend multiplies ten times faster without its transpose flags.
tf.registerGradient({
  kernelName: tf.BatchMatMul,
  inputsToSave: ["a", "b"],
  gradFunc: (dy, [a, b]) => ({
    a: () => tf.matMul(dy as tf.Tensor, tf.transpose(b!)),
    b: () => tf.matMul(tf.transpose(a!), dy as tf.Tensor),
  }),
});
tf.registerGradient({
  kernelName: tf.Add,
  gradFunc: (dy) => ({ a: () => dy as tf.Tensor, b: () => tf.sum(dy as tf.Tensor, 0) }),
});
tf.registerGradient({
  kernelName: tf.Relu,
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.step(x!)) }),
});
