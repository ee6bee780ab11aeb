import * as tf from "@tensorflow/tfjs";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TfOptimizerOptions } from "../../../ts/src/tfjs/index.ts";
import { toTfOptimizer } from "../../../ts/src/tfjs/index.ts";
import { adversarial } from "../../tfjs/programs/adversarial.ts";
import { cartPole } from "../../tfjs/programs/cart-pole.ts";
import { polynomial } from "../../tfjs/programs/polynomial.ts";
import { recurrent } from "../../tfjs/programs/recurrent.ts";
import { gl } from "./regression.ts";

const backendOf = async (): Promise<WebGPUBackend> => {
  await tf.setBackend("webgpu");
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error("TensorFlow.js has no WebGPU here");
  return backend;
};

const backend = await backendOf();
const engine = await gl.gpu.webgpu({ device: backend.device });

/** Runs a body on the backend `cpu`, then on `webgpu`, each with the options that an optimizer needs there. */
const onBoth = async <T>(
  body: (options: TfOptimizerOptions) => Promise<T>,
): Promise<{ cpu: T; webgpu: T }> => {
  await tf.setBackend("cpu");
  const cpu = await body({});
  await tf.setBackend("webgpu");
  return { cpu, webgpu: await body({ engine }) };
};

const bufferOf = (tensor: tf.Tensor): unknown => backend.tensorMap.get(tensor.dataId).resource;

/** Expects relative differences of at most 1e-4: the functions of the two backends differ in their last bits. */
const expectAlike = ({ cpu, webgpu }: { cpu: readonly number[]; webgpu: readonly number[] }): void => {
  expect(webgpu.length).toBe(cpu.length);
  webgpu.forEach((value, i) => {
    expect(Math.abs(value - (cpu[i] as number))).toBeLessThan(
      1e-4 * Math.max(1e-2, Math.abs(cpu[i] as number)),
    );
  });
};

const variable = (data: number[], name?: string): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor1d(data), true, name));

/** A loss that depends on two variables. */
const lossOf = (a: tf.Variable, b: tf.Variable) => (): tf.Scalar =>
  tf.tidy(() => tf.add(tf.sum(tf.square(tf.sub(a, 3))), tf.sum(tf.mul(2, tf.square(b)))) as tf.Scalar);

const numbers = async (...tensors: tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map((tensor) => tensor.data()))).flatMap((data) => [...data]);

let before = tf.memory();

describe("on the backend webgpu of TensorFlow.js", () => {
  beforeEach(() => {
    before = tf.memory();
  });
  afterEach(() => {
    tf.disposeVariables();
    vi.restoreAllMocks();
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });

  const programs = {
    "an LSTM": recurrent,
    "a polynomial": polynomial,
    "a policy by applyGradients": cartPole,
    "a generator and a discriminator, trainable in turn": adversarial,
  };
  for (const [name, program] of Object.entries(programs)) {
    it(`${name} has the losses of the backend cpu`, async () => {
      const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.linearSchedule(0.02, 0, 30)));
      expectAlike(await onBoth((options) => program(() => toTfOptimizer(tx, options))));
    });
  }

  it("steps work in the buffers of the variables and wait for nothing", async () => {
    const [a, b] = [variable([1, 2, 3, 4, 5]), variable([1, -1])];
    const optimizer = toTfOptimizer(gl.adamw(0.1), { engine });
    const loss = lossOf(a, b);
    optimizer.minimize(loss);
    expect(optimizer.memory).toEqual({ backend: "webgpu", params: "in place", grads: "in place" });
    const [buffer, memory] = [bufferOf(a), tf.memory()];
    const mapAsync = vi.spyOn(GPUBuffer.prototype, "mapAsync");
    const readSync = vi.spyOn(backend, "readSync");
    const createBuffer = vi.spyOn(backend.device, "createBuffer");
    for (let step = 0; step < 100; step++) optimizer.minimize(loss);
    expect([mapAsync, readSync].map((spy) => spy.mock.calls.length)).toEqual([0, 0]);
    // The buffers of TensorFlow.js have no labels, those of steps have.
    expect(createBuffer.mock.calls.filter(([{ label }]) => label)).toEqual([]);
    expect(tf.memory()).toEqual(memory);
    expect(bufferOf(a)).toBe(buffer);
    expect(optimizer.iterations).toBe(101);
    optimizer.dispose();
    expect(await numbers(a)).not.toEqual([1, 2, 3, 4, 5]);
  });

  it("what has been read is not what is read after the next step", async () => {
    const [a, b] = [variable([1]), variable([1])];
    const optimizer = toTfOptimizer(gl.sgd(0.25), { engine });
    expect(await numbers(a, b)).toEqual([1, 1]);
    optimizer.minimize(lossOf(a, b));
    expect(await numbers(a, b)).toEqual([2, 0]);
    optimizer.minimize(lossOf(a, b));
    expect(await numbers(a, b)).toEqual([2.5, 0]);
    optimizer.dispose();
  });

  it("copies of a variable, and models with the same weights, keep their values", async () => {
    const [a, b] = [variable([1]), variable([1])];
    const [copy, other] = [a.clone(), variable([0])];
    other.assign(a);
    const optimizer = toTfOptimizer(gl.sgd(0.25), { engine });
    optimizer.minimize(lossOf(a, b), false, [a, b]);
    expect(await numbers(a, copy, other)).toEqual([2, 1, 1]);
    const later = a.clone();
    optimizer.minimize(lossOf(a, b), false, [a, b]);
    expect(await numbers(a, later, copy, other)).toEqual([2.5, 2, 1, 1]);
    optimizer.dispose();
    tf.dispose([copy, later]);
  });

  const rules = {
    "": () => gl.adam(0.1),
    ", which began with the parameters": () => gl.contrib.scheduleFreeSgd(0.1),
  };
  for (const [which, tx] of Object.entries(rules)) {
    it(`a variable that is assigned to goes on from there, with its state${which}`, async () => {
      const { cpu, webgpu } = await onBoth(async (options) => {
        // Their values are the results of commands that have not been submitted yet.
        tf.env().set("WEBGPU_CPU_FORWARD", false);
        const computed = (values: number[]) => tf.tidy(() => tf.variable(tf.add(tf.tensor1d(values), 1)));
        const [a, b] = [computed([0, 1]), computed([0])];
        const optimizer = toTfOptimizer(tx(), options);
        optimizer.applyGradients({ [a.name]: a, [b.name]: b });
        tf.env().set("WEBGPU_CPU_FORWARD", true);
        for (let step = 0; step < 6; step++) {
          if (step === 3) tf.tidy(() => a.assign(tf.tensor1d([-1, 4])));
          optimizer.minimize(lossOf(a, b));
        }
        const values = await numbers(a, b);
        optimizer.dispose();
        tf.disposeVariables();
        return values;
      });
      expectAlike({ cpu, webgpu });
    });
  }

  it("the state of a variable that is left out, added later or loaded follows it", async () => {
    const { cpu, webgpu } = await onBoth(async (options) => {
      const [a, b] = [variable([1, 2], "a"), variable([1, 0.5, 2], "b")];
      let optimizer = toTfOptimizer(gl.adam(0.1), options);
      const loss = lossOf(a, b);
      for (const list of [[a], [a], [a, b], [b], [a]]) optimizer.minimize(loss, false, list);
      const weights = await optimizer.getWeights();
      const arrays = weights.filter(({ name }) => name !== "gradloom.json");
      expect(arrays.length).toBe(5); // the number of steps, and both moments of both variables
      const saved = await numbers(...arrays.map(({ tensor }) => tensor));
      const loaded = toTfOptimizer(gl.adam(0.1), options);
      await loaded.setWeights(weights);
      optimizer.dispose();
      optimizer = loaded;
      for (const list of [[b], [a, b], [a, b]]) optimizer.minimize(loss, false, list);
      expect(optimizer.iterations).toBe(8);
      const values = await numbers(a, b);
      optimizer.dispose();
      tf.disposeVariables();
      return [...saved, ...values];
    });
    expectAlike({ cpu, webgpu });
  });

  it("gradients may be variables that the step changes", async () => {
    const [a, b] = [variable([1], "a"), variable([3], "b")];
    const optimizer = toTfOptimizer(gl.sgd(1), { engine });
    optimizer.applyGradients({ a: b, b: a });
    expect(await numbers(a, b)).toEqual([-2, 2]);
    optimizer.dispose();
  });

  it("frozen variables keep their bits, those without a gradient move by weight decay if asked", async () => {
    const [a, b] = [variable([0.1, 0.7], "frozen"), variable([2, 4], "trained")];
    const tx = gl.selectiveTransform(gl.adamw(0.1, { weightDecay: 0.5 }), gl.pathMask(/^frozen/));
    const optimizer = toTfOptimizer(tx, { engine, missingGradient: "zero" });
    const start = await numbers(a);
    optimizer.applyGradients({ frozen: b, trained: null as never });
    expect(await numbers(a)).toEqual(start);
    expectAlike({ cpu: [1.9, 3.8], webgpu: await numbers(b) });
    optimizer.dispose();
  });

  it("refuses a missing engine, one of another device, and rules that must wait, and changes nothing", async () => {
    const [a, b] = [variable([1]), variable([1])];
    const step = (tx: gl.GradientTransformation, options: TfOptimizerOptions) => () =>
      toTfOptimizer(tx, options).minimize(lossOf(a, b));
    expect(step(gl.sgd(0.1), {})).toThrow(/gl\.gpu\.webgpu\(\{ device/);
    expect(step(gl.sgd(0.1), { engine: "wasm" })).toThrow(/on its device.*tf\.setBackend\("wasm"\)/);
    const elsewhere = await gl.gpu.webgpu();
    expect(step(gl.sgd(0.1), { engine: elsewhere })).toThrow(/another device/);
    expect(step(gl.novograd(0.1), { engine })).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    expect(step(gl.lbfgs(), { engine })).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    await tf.setBackend("cpu");
    const c = variable([1]);
    expect(() => toTfOptimizer(gl.sgd(0.1), { engine }).minimize(lossOf(c, c))).toThrow(
      expect.objectContaining({ code: "ENGINE_UNAVAILABLE" }),
    );
    await tf.setBackend("webgpu");
    expect(await numbers(a, b)).toEqual([1, 1]);
  });
});
