import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { describe, expect, it } from "vitest";
import { expectSameBits } from "../../conformance/compare.ts";
import { flat } from "../../conformance/trees.ts";
import {
  gl,
  INPUTS,
  inputs,
  type Name,
  names,
  optimizer,
  perceptron,
  products,
  replay,
  SAMPLES,
  shapes,
  start,
} from "./regression.ts";

const STEPS = 25;

// Tensors that TensorFlow.js computes on the host have no buffer.
tf.env().set("WEBGPU_CPU_FORWARD", false);
await tf.setBackend("webgpu");
const backend = tf.backend();
if (!(backend instanceof WebGPUBackend)) throw new Error("TensorFlow.js has no WebGPU here");
const { device } = backend;
const engine = await gl.gpu.webgpu({ device });

/** Makes a variable over a buffer of the test. TensorFlow.js binds whole buffers, so each variable needs its own. */
const variableInBuffer = (data: Float32Array<ArrayBuffer>, shape: number[]) => {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: data.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, data);
  return { variable: tf.variable(tf.tensor({ buffer, zeroCopy: true }, shape)), slice: { buffer, shape } };
};

/** Submits the commands that TensorFlow.js has recorded: the step must come after those that read the parameters. */
const flush = (): void => {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
};

interface Gradient {
  readonly buffer: GPUBuffer;
  /** Returns the buffer to TensorFlow.js, once the step is submitted. */
  release(): void;
}

/** The ways to get at the buffer of a gradient. */
const ways: Record<string, (gradient: tf.Tensor) => Gradient> = {
  "copied by dataToGPU": (gradient) => {
    const { buffer, tensorRef } = gradient.dataToGPU();
    if (!buffer) throw new Error("no buffer");
    return { buffer, release: () => tensorRef.dispose() };
  },
  "where they are, through the backend": (gradient) => {
    backend.uploadToGPU(gradient.dataId);
    return { buffer: backend.tensorMap.get(gradient.dataId).resource as GPUBuffer, release: () => {} };
  },
};

const train = async (bufferOf: (gradient: tf.Tensor) => Gradient) => {
  const placed = perceptron((name) => variableInBuffer(start[name], shapes[name]));
  const { w1, b1, w2, b2 } = perceptron((name) => placed[name].variable);
  const [x, y] = [tf.tensor(inputs, [SAMPLES, INPUTS]), tf.tensor(products, [SAMPLES, 1])];
  const loss = (): tf.Scalar => {
    const hidden = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1));
    const output = tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D), b2);
    return tf.mean(tf.squaredDifference(output, y));
  };
  const state = await gl.TrainState.create({
    params: perceptron((name) => placed[name].slice),
    tx: optimizer(),
    engine,
    adopt: true,
  });

  const losses: number[] = [];
  const history: Record<Name, Float32Array>[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { value, grads } = tf.variableGrads(loss);
    const gradientOf = (name: Name): tf.Tensor => grads[placed[name].variable.name] as tf.Tensor;
    const gradients = perceptron((name) => bufferOf(gradientOf(name)));
    flush();
    await state.applyGradients(perceptron((name) => ({ buffer: gradients[name].buffer })));
    losses.push((await value.data())[0] as number);
    const read = await Promise.all(names.map((name) => gradientOf(name).data()));
    history.push(perceptron((name) => read[names.indexOf(name)] as Float32Array));
    for (const name of names) gradients[name].release();
    tf.dispose([value, grads]);
  }

  // Read once, at the end: TensorFlow.js caches the values that it reads and would not see later steps.
  const seen = await Promise.all(names.map((name) => placed[name].variable.data()));
  const ours = await state.readParams();
  state.dispose();
  tf.dispose([x, y, w1, b1, w2, b2]);
  for (const name of names) placed[name].slice.buffer.destroy();
  return { losses, history, ours: flat(ours), seen: perceptron((name) => seen[names.indexOf(name)]) };
};

describe(`a model of TensorFlow.js on its own device, ${engine.description}`, () => {
  for (const [way, bufferOf] of Object.entries(ways)) {
    it(`is trained where its variables lie, gradients ${way}`, async () => {
      const { losses, history, ours, seen } = await train(bufferOf);
      expect(losses.at(-1)).toBeLessThan(0.25 * (losses[0] as number));
      expectSameBits(flat(seen), ours, "the variables");
      const params = perceptron((name) => gl.tensor(start[name], shapes[name]));
      const grads = history.map((step) => perceptron((name) => gl.tensor(step[name], shapes[name])));
      expectSameBits(ours, replay(params, grads), "parameters, beside the CPU engine's");
    });
  }
});
