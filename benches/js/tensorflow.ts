import { createRequire } from "node:module";
import { loadavg } from "node:os";
import { dirname, sep } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import Table from "cli-table3";
import * as gl from "../../ts/src/entry/node.ts";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { interleave, speedOf, type Timing } from "./interleave.ts";

const LEARNING_RATE = 1e-3;
/** A perceptron for handwritten digits, as in examples/digits. */
const SHAPES = [[784, 256], [256], [256, 128], [128], [128, 10], [10]];
const BACKENDS = ["cpu", "wasm"];

tf.enableProdMode(); // no advice to install another backend
setWasmPaths(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")) + sep);

const normal = (shape: number[], deviation: number, seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, deviation, "float32", seed);

/** Makes variables, and an optimizer that takes steps with gradients that stay the same. */
const contender = (name: string, optimizer: tf.Optimizer) => {
  const variables = SHAPES.map((shape, i) => tf.tidy(() => tf.variable(normal(shape, 0.1, 1 + i))));
  const grads = variables.map((variable, i) => ({
    name: variable.name,
    tensor: normal(variable.shape, 0.01, 11 + i),
  }));
  return { name, optimizer, variables, run: () => optimizer.applyGradients(grads) };
};

const measure = async (backend: string): Promise<string[]> => {
  await tf.setBackend(backend);
  const theirs = contender("tf.train.adam", tf.train.adam(LEARNING_RATE));
  const ours = contender("gl.adam", toTfOptimizer(gl.adam(LEARNING_RATE, { eps: 1e-7 })));
  for (let step = 0; step < 3; step++) for (const { run } of [theirs, ours]) run();
  ours.variables.forEach((variable, i) => {
    const difference = tf.tidy(
      () => tf.max(tf.abs(tf.sub(variable, theirs.variables[i] as tf.Variable))).dataSync()[0],
    );
    // After three steps of the length of the learning rate; TensorFlow.js rounds 1 - 0.999 ** step to single precision.
    if (!((difference as number) < 1e-4 * LEARNING_RATE))
      throw new Error(`variable ${i} differs by ${difference}`);
  });
  const timings = await interleave([theirs, ours]);
  const [before, after] = [timings.get(theirs.name) as Timing, timings.get(ours.name) as Timing];
  for (const { optimizer } of [theirs, ours]) optimizer.dispose();
  tf.disposeVariables();
  const times = [before, after].map(({ median }) => `${median.toFixed(0)} µs`);
  return [backend, ...times, `${speedOf(after, before).toFixed(1)}×`];
};

const table = new Table({
  head: ["backend", "tf.train.adam", "toTfOptimizer(gl.adam)", "faster"],
  style: { head: [] },
});
for (const backend of BACKENDS) table.push(await measure(backend));
const { description } = gl.getEngine();
console.log(`one step of Adam on 235 146 parameters of TensorFlow.js; median of interleaved rounds`);
console.log(`${description}; load ${loadavg()[0]?.toFixed(1)}`);
console.log(table.toString());
