import { describe, expect, it } from "vitest";
import { gl } from "../engine.ts";
import { requestDevice } from "./device.ts";

interface Failing {
  device: GPUDevice;
  /** The bytes of all buffers that exist. */
  live(): number;
  /** The function called with the label of each buffer before it is made. */
  onCreate: (label: string | undefined) => void;
  /** True where the next error scope shall report that memory is exhausted. */
  full: boolean;
}

/** Wraps a device so that its buffers are counted and it can be told to run out of memory. */
const failingDevice = async (): Promise<Failing> => {
  const device = await requestDevice();
  let live = 0;
  const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    failing.onCreate(descriptor.label);
    const buffer = device.createBuffer(descriptor);
    const { destroy } = buffer;
    live += descriptor.size;
    buffer.destroy = () => {
      live -= descriptor.size;
      buffer.destroy = destroy;
      return destroy.call(buffer);
    };
    return buffer;
  };
  const filters: GPUErrorFilter[] = [];
  const pushErrorScope = (filter: GPUErrorFilter): void => {
    filters.push(filter);
    device.pushErrorScope(filter);
  };
  const popErrorScope = async (): Promise<GPUError | null> => {
    const full = filters.pop() === "out-of-memory" && failing.full;
    if (full) failing.full = false;
    const found = await device.popErrorScope();
    return full ? new GPUOutOfMemoryError("no room") : found;
  };
  const failing: Failing = {
    device: new Proxy(device, {
      get(target, name) {
        if (name === "createBuffer") return createBuffer;
        if (name === "pushErrorScope") return pushErrorScope;
        if (name === "popErrorScope") return popErrorScope;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
    live: () => live,
    onCreate: () => undefined,
    full: false,
  };
  return failing;
};

const numbers = (...values: number[]) => new Float32Array(values);

describe("a step whose end looks at results", () => {
  const tx = () => gl.chain(gl.zeroNans(), gl.adam(1));

  it("changes nothing where there is no room to read them", async () => {
    const failing = await failingDevice();
    const engine = await gl.gpu.webgpu({ device: failing.device });
    const train = await gl.TrainState.create({ params: { w: numbers(0) }, tx: tx(), engine });
    failing.onCreate = (label) => {
      if (label === "read") throw new Error("no room");
    };
    await expect(train.applyGradients({ w: numbers(1) })).rejects.toThrow("no room");
    failing.onCreate = () => undefined;
    const { params, optState, step } = await train.snapshot();
    expect([params.w[0], optState[1][0].count, optState[1][0].mu.w[0], step]).toEqual([0, 0, 0, 0]);
    await train.applyGradients({ w: numbers(1) });
    expect((await train.snapshot()).optState[1][0].count).toBe(1);
  });

  it("makes the state unusable where they cannot be read any more", async () => {
    const device = await requestDevice();
    const engine = await gl.gpu.webgpu({ device });
    const train = await gl.TrainState.create({ params: { w: numbers(0) }, tx: tx(), engine });
    const prototype = Object.getPrototypeOf(device.createBuffer({ size: 4, usage: 8 })) as GPUBuffer;
    const { mapAsync } = prototype;
    prototype.mapAsync = () => Promise.reject(new Error("not now"));
    const applied = train.applyGradients({ w: numbers(1) });
    const broken = await applied.catch((error: unknown) => error);
    prototype.mapAsync = mapAsync;
    expect(broken).toMatchObject({ code: "INTERNAL", path: "TrainState" });
    for (const call of [
      () => train.applyGradients({ w: numbers(1) }),
      () => train.readParams(),
      () => train.snapshot(),
      async () => train.record(device.createCommandEncoder()),
    ]) {
      await expect(call()).rejects.toBe(broken);
    }
    train.dispose();
  });
});

describe("memory on a device that has too little", () => {
  const big = () => ({ w: new Float32Array(100_000) });

  it("is let go where a state cannot be made", async () => {
    const failing = await failingDevice();
    const engine = await gl.gpu.webgpu({ device: failing.device });
    (await gl.TrainState.create({ params: big(), tx: gl.adam(1), engine })).dispose();
    expect(failing.live()).toBe(0);
    failing.onCreate = () => {
      failing.full = true;
    };
    await expect(gl.TrainState.create({ params: big(), tx: gl.adam(1), engine })).rejects.toMatchObject({
      code: "OUT_OF_MEMORY",
    });
    expect(failing.live()).toBe(0);
  });

  it("copies to undo a step by are made before the first one, under the eyes of the device", async () => {
    const failing = await failingDevice();
    const engine = await gl.gpu.webgpu({ device: failing.device });
    const tx = gl.chain(gl.trace(0.9), gl.applyIfFinite(gl.sgd(1), 1));
    const train = await gl.TrainState.create({ params: big(), tx, engine });
    const copies: string[] = [];
    failing.onCreate = (label = "") => {
      if (!label.startsWith("copy of")) return;
      copies.push(label);
      failing.full = true;
    };
    await expect(train.applyGradients(big())).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
    expect(copies.length).toBe(1);
    expect(train.step).toBe(0);
  });

  it("no copies are made where host code decides without results", async () => {
    const failing = await failingDevice();
    const engine = await gl.gpu.webgpu({ device: failing.device });
    const tx = gl.chain(
      gl.trace(0.9),
      gl.conditionallyTransform(gl.sgd(1), (step) => step > 0),
    );
    const train = await gl.TrainState.create({ params: big(), tx, engine });
    const labels: (string | undefined)[] = [];
    failing.onCreate = (label) => labels.push(label);
    await train.applyGradients(big());
    expect(labels.filter((label) => label?.startsWith("copy of"))).toEqual([]);
  });
});
