import { defaultDevice, getWebGPUDevice, init, numpy as np, valueAndGrad } from "@jax-js/jax";
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

type Arrays = Record<Name, np.Array>;

if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js has no WebGPU here");
defaultDevice("webgpu");
const device = getWebGPUDevice();
const engine = await gl.gpu.webgpu({ device });

const arrayOf = (data: Float32Array<ArrayBuffer>, shape: number[]): np.Array => np.array(data).reshape(shape);

/** Returns the buffer of an array and leaves the array alive: `gpuBuffer` alone would consume its reference. */
const bufferOf = (array: np.Array): Promise<GPUBuffer> => array.ref.gpuBuffer();

const x = arrayOf(inputs, [SAMPLES, INPUTS]);
const y = arrayOf(products, [SAMPLES, 1]);

const loss = ({ w1, b1, w2, b2 }: Arrays): np.Array => {
  const hidden = np.tanh(np.matmul(x.ref, w1).add(b1));
  const error = np.matmul(hidden, w2).add(b2).sub(y.ref);
  return np.mean(error.ref.mul(error));
};

const training = () =>
  gl.TrainState.create({
    params: perceptron((name) => gl.tensor(start[name], shapes[name])),
    tx: optimizer(),
    engine,
  });
type Training = Awaited<ReturnType<typeof training>>;

/**
 * The ways to copy parameters into arrays of jax-js, once a step. jax-js runs on its own device and accepts no foreign buffers, so
 * the state's parameters cannot be its arrays.
 */
const ways: Record<string, (train: Training) => Promise<Arrays>> = {
  /** Copies into the buffers of new arrays: values still to be computed from older arrays do not change. */
  "copied on the device": async ({ params }) => {
    const arrays = perceptron((name) => np.zeros(shapes[name]));
    const encoder = device.createCommandEncoder();
    for (const name of names) {
      const { buffer, offset, size } = params[name];
      encoder.copyBufferToBuffer(buffer, offset, await bufferOf(arrays[name]), 0, size);
    }
    device.queue.submit([encoder.finish()]);
    return arrays;
  },
  /** Copies through the host, with documented functions of jax-js alone. */
  "through the host": async (train) => {
    const params = await train.readParams();
    return perceptron((name) => arrayOf(params[name].data, shapes[name]));
  },
};

const run = async (paramsOf: (train: Training) => Promise<Arrays>) => {
  const train = await training();
  const losses: number[] = [];
  const history: Record<Name, Float32Array>[] = [];
  for (let step = 0; step < STEPS; step++) {
    const [value, grads] = valueAndGrad(loss)(await paramsOf(train)) as [np.Array, Arrays];
    const buffers = await Promise.all(names.map((name) => bufferOf(grads[name])));
    await train.applyGradients(perceptron((name) => ({ buffer: buffers[names.indexOf(name)] as GPUBuffer })));
    // Not value.item(): a synchronous read goes through a canvas, at which a headless page loses its device.
    losses.push((await value.data())[0] as number);
    const read = await Promise.all(names.map((name) => grads[name].data()));
    history.push(perceptron((name) => read[names.indexOf(name)] as Float32Array));
  }
  const after = flat(await train.readParams());
  train.dispose();
  return { losses, history, after };
};

describe(`a model of jax-js on its own device, ${engine.description}`, () => {
  for (const [way, paramsOf] of Object.entries(ways)) {
    it(`is trained with its gradients where they lie, parameters ${way}`, async () => {
      const { losses, history, after } = await run(paramsOf);
      expect(losses.at(-1)).toBeLessThan(0.25 * (losses[0] as number));
      const params = perceptron((name) => gl.tensor(start[name], shapes[name]));
      const grads = history.map((step) => perceptron((name) => gl.tensor(step[name], shapes[name])));
      expectSameBits(after, replay(params, grads), "parameters, beside the CPU engine's");
    });
  }
});
