import {
  type Device,
  defaultDevice,
  getWebGPUDevice,
  init,
  numpy as np,
  tree,
  valueAndGrad,
} from "@jax-js/jax";
import { describe, expect, it } from "vitest";
import { JaxTrainState, toJaxTransformation } from "../../../ts/src/jax/index.ts";
import { load, save } from "../../../ts/src/safetensors/index.ts";
import { expectSameBits } from "../../conformance/compare.ts";
import { flat } from "../../conformance/trees.ts";
import { liveBuffers } from "../../jax/arrays.ts";
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
const DEVICES: readonly Device[] = ["webgpu"];

type Arrays = Record<Name, np.Array>;

if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js has no WebGPU here");
defaultDevice("webgpu");
const device = getWebGPUDevice();
const engine = await gl.gpu.webgpu({ device });

const params = () => perceptron((name) => np.array(start[name], { shape: shapes[name] }));
const x = np.array(inputs, { shape: [SAMPLES, INPUTS] });
const y = np.array(products, { shape: [SAMPLES, 1] });

const loss = ({ w1, b1, w2, b2 }: Arrays): np.Array => {
  const hidden = np.tanh(np.matmul(x.ref, w1).add(b1));
  const error = np.matmul(hidden, w2).add(b2).sub(y.ref);
  return np.mean(error.ref.mul(error));
};
const compute = valueAndGrad(loss) as (params: Arrays) => [np.Array, Arrays];

const read = async (arrays: Arrays): Promise<Record<Name, Float32Array>> => {
  const data = await Promise.all(names.map((name) => arrays[name].ref.data()));
  return perceptron((name) => data[names.indexOf(name)] as Float32Array);
};

/** Counts the times that the device is asked to bring memory to the host. */
const countReads = async (body: () => Promise<void>): Promise<number> => {
  const { mapAsync } = GPUBuffer.prototype;
  let reads = 0;
  GPUBuffer.prototype.mapAsync = function (...args) {
    reads += 1;
    return mapAsync.apply(this, args);
  };
  try {
    await body();
  } finally {
    GPUBuffer.prototype.mapAsync = mapAsync;
  }
  return reads;
};

const refusal = (code: string, path: string, remedy: RegExp) =>
  expect.objectContaining({ name: "GradloomError", code, path, remedy: expect.stringMatching(remedy) });

describe(`a training state on the device of jax-js, ${engine.description}`, () => {
  for (const adopt of [false, true]) {
    const transfer = adopt ? "none" : "device";

    it(`trains with parameters that are ${adopt ? "written in place" : "copied on the device"}`, async () => {
      const train = await JaxTrainState.create({ params: params(), tx: optimizer(), engine, adopt });
      expect(train.transfer).toBe(transfer);
      expect(train.engine).toBe(engine.description);
      const before = train.params.w1;
      const losses: number[] = [];
      const history: Record<Name, Float32Array>[] = [];
      for (let step = 0; step < STEPS; step++) {
        const [value, grads] = compute(tree.ref(train.params));
        losses.push((await value.data())[0] as number);
        history.push(await read(grads));
        await train.applyGradients(grads);
        expect(grads.w1.refCount).toBe(0);
      }
      expect(train.step).toBe(STEPS);
      expect(train.params.w1 === before).toBe(adopt);
      expect(losses.at(-1)).toBeLessThan(0.25 * (losses[0] as number));
      const host = perceptron((name) => gl.tensor(start[name], shapes[name]));
      const grads = history.map((step) => perceptron((name) => gl.tensor(step[name], shapes[name])));
      expectSameBits(
        flat(await read(train.params)),
        replay(host, grads),
        "parameters, beside the CPU engine's",
      );
      train.dispose();
    });

    it(`brings nothing to the host and keeps as many buffers alive over 1000 steps, adopt ${adopt}`, async () => {
      const none = liveBuffers(DEVICES);
      const train = await JaxTrainState.create({ params: params(), tx: gl.adamw(1e-3), engine, adopt });
      const step = async () => {
        await train.applyGradients(perceptron((name) => train.params[name].ref.mul(2)));
      };
      for (let i = 0; i < 3; i++) await step();
      void train.params;
      const before = liveBuffers(DEVICES);
      const reads = await countReads(async () => {
        for (let i = 0; i < 1000; i++) await step();
      });
      void train.params;
      expect(reads).toBe(0);
      expect(liveBuffers(DEVICES)).toBe(before);
      train.dispose();
      expect(liveBuffers(DEVICES)).toBe(none);
    });

    it(`goes on from a snapshot, adopt ${adopt}`, async () => {
      const tx = optimizer();
      const straight = await JaxTrainState.create({ params: params(), tx, engine, adopt });
      const first = await JaxTrainState.create({ params: params(), tx, engine, adopt });
      const step = async (train: typeof straight) => {
        const [value, grads] = compute(tree.ref(train.params));
        value.dispose();
        await train.applyGradients(grads);
      };
      for (let i = 0; i < 2; i++) await Promise.all([step(straight), step(first)]);
      const saved = load(await save(first), { tx });
      const second = await JaxTrainState.create({ ...saved, ...(await first.snapshot()), tx, engine, adopt });
      expect(flat(saved.params)).toEqual(flat(await first.readParams()));
      expect(second.step).toBe(2);
      for (let i = 0; i < 2; i++) await Promise.all([step(straight), step(second)]);
      expectSameBits(flat(await read(second.params)), flat(await read(straight.params)), "parameters");
      for (const train of [straight, first, second]) train.dispose();
    });
  }

  it("leaves arrays that someone holds as they were", async () => {
    const train = await JaxTrainState.create({ params: { w: np.array([1, 2]) }, tx: gl.sgd(1), engine });
    const held = train.params.w.ref;
    const late = train.params.w.ref.mul(10);
    await train.applyGradients({ w: np.array([1, 1]) });
    expect([...(await late.data())]).toEqual([10, 20]);
    expect([...(await held.data())]).toEqual([1, 2]);
    expect([...(await train.params.w.ref.data())]).toEqual([0, 1]);
    train.dispose();
  });

  it("shares no memory with the arrays that it was given, also where it adopts", async () => {
    const given = np.array([1, 2, 3, 4]);
    const view = given.ref.reshape([2, 2]);
    const train = await JaxTrainState.create({
      params: { w: given.ref },
      tx: gl.sgd(1),
      engine,
      adopt: true,
    });
    await train.applyGradients({ w: np.array([1, 1, 1, 1]) });
    expect([...(await view.data())]).toEqual([1, 2, 3, 4]);
    expect([...(await given.data())]).toEqual([1, 2, 3, 4]);
    // Whoever consumes the array leaves the state its buffer.
    const { w } = train.params;
    expect([...(await w.data())]).toEqual([0, 1, 2, 3]);
    expect([...(await train.params.w.ref.data())]).toEqual([0, 1, 2, 3]);
    await train.applyGradients({ w: np.array([1, 1, 1, 1]) });
    expect([...(await train.params.w.ref.data())]).toEqual([-1, 0, 1, 2]);
    train.dispose();
  });

  it("keeps integers, and takes zeros or nothing as their gradients", async () => {
    const make = () => ({ n: np.array([3, 4], { dtype: np.int32 }), w: np.array([1, 2]) });
    const train = await JaxTrainState.create({ params: make(), tx: gl.adam(1), engine });
    await train.applyGradients({ n: np.zeros([2], { dtype: np.int32 }), w: np.array([1, 1]) });
    await train.applyGradients({ n: null as never, w: np.array([1, 1]) });
    await expect(train.applyGradients(make())).rejects.toThrow(refusal("DTYPE_MISMATCH", "grads.n", /null/));
    expect(train.step).toBe(2);
    const { n, w } = train.params;
    expect(n.dtype).toBe("int32");
    expect([...(await n.ref.data())]).toEqual([3, 4]);
    expect([...(await w.ref.data())][0]).toBeCloseTo(-1, 4);
    train.dispose();
  });

  it("keeps float16 in single precision, where the device has it", async () => {
    if (!device.features.has("shader-f16")) {
      expect(device.features.has("shader-f16")).toBe(false);
      return;
    }
    const half = () => np.array([1, -1]).astype(np.float16);
    const train = await JaxTrainState.create({ params: { w: half() }, tx: gl.sgd(2 ** -12), engine });
    for (let i = 0; i < 8; i++) await train.applyGradients({ w: half() });
    expect(train.params.w.dtype).toBe("float16");
    expect([...(await train.params.w.ref.astype(np.float32).data())]).toEqual([1 - 2 ** -9, 2 ** -9 - 1]);
    train.dispose();
    const create = JaxTrainState.create({ params: { w: half() }, tx: gl.sgd(1), engine, adopt: true });
    await expect(create).rejects.toThrow(refusal("UNSUPPORTED", "params.w", /adopt/));
  });

  it("refuses what is elsewhere, missing or gone, and consumes nothing", async () => {
    const train = await JaxTrainState.create({ params: { w: np.array([1, 2]) }, tx: gl.adam(1), engine });
    const refuses = async (grads: unknown, code: string, remedy: RegExp) => {
      const array = (grads as { w: np.Array | null }).w;
      const before = array?.refCount;
      await expect(train.applyGradients(grads as { w: np.Array })).rejects.toThrow(
        refusal(code, "grads.w", remedy),
      );
      expect(array?.refCount).toBe(before);
    };
    const gone = np.array([1, 2]);
    gone.dispose();
    await refuses({ w: np.array([1, 2], { device: "wasm" }) }, "INVALID_TREE", /devicePut/);
    await refuses({ w: null }, "STRUCTURE_MISMATCH", /zerosLike/);
    await refuses({ w: gone }, "DISPOSED", /\.ref/);
    await refuses({ w: np.array([1, 2, 3]) }, "SHAPE_MISMATCH", /shapes/);
    await refuses({ w: np.array([1, 2], { dtype: np.int32 }) }, "DTYPE_MISMATCH", /astype/);
    expect(train.step).toBe(0);
    train.dispose();

    const onWasm = { w: np.array([1, 2], { device: "wasm" }) };
    await expect(JaxTrainState.create({ params: onWasm, tx: gl.sgd(1), engine })).rejects.toThrow(
      refusal("INVALID_TREE", "params.w", /devicePut/),
    );
    const other = await gl.gpu.webgpu();
    const create = JaxTrainState.create({ params: { w: np.array([1, 2]) }, tx: gl.sgd(1), engine: other });
    await expect(create).rejects.toThrow(
      refusal("INVALID_HYPERPARAMETER", "JaxTrainState.create.engine", /getWebGPUDevice/),
    );
  });

  it("trains arrays of the device over the host too, with the engine of the host", async () => {
    const train = await JaxTrainState.createAsync({ params: { w: np.array([1, 2]) }, tx: gl.sgd(1) });
    expect(train.transfer).toBe("host");
    await train.applyGradientsAsync({ w: np.array([0.5, 1]) });
    expect(train.params.w.device).toBe("webgpu");
    expect([...(await train.params.w.ref.data())]).toEqual([0.5, 1]);
    train.dispose();
    const solver = toJaxTransformation(gl.sgd(1, { momentum: 0.5 }));
    const state = await solver.initAsync({ w: np.array([1, 2]) });
    const [updates] = await solver.updateAsync({ w: np.array([1, 2]) }, state);
    expect([...(await updates.w.data())]).toEqual([-1, -2]);
  });
});
