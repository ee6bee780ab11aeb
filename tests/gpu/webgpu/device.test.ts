import { describe, expect, it } from "vitest";
import { byPath } from "../../conformance/trees.ts";
import { gl } from "../engine.ts";
import { gradients, tree } from "../trees.ts";
import { gradsOnDevice, onCpu, onDevice, requestDevice } from "./device.ts";

const steps = gradients(3);

describe("small limits", () => {
  const limits: Record<string, object> = {
    "bindings of 4 KiB": { maxStorageBufferBindingSize: 4096 },
    "4 workgroups": { maxComputeWorkgroupsPerDimension: 4 },
    "both, and 8 buffers": {
      maxStorageBufferBindingSize: 4096,
      maxComputeWorkgroupsPerDimension: 2,
      maxStorageBuffersPerShaderStage: 8,
    },
  };
  const chains: Record<string, () => gl.GradientTransformation> = {
    "clipped adamw": () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-2)),
    "many buffers": () => gl.chain(gl.trace(0.5), gl.adan(1e-2), gl.ema(0.9)),
    lamb: () => gl.lamb(1e-2),
  };
  for (const [name, limit] of Object.entries(limits)) {
    for (const [kind, tx] of Object.entries(chains)) {
      it(`${name}: ${kind} in pieces gives the same bits`, async () => {
        const device = await requestDevice();
        const engine = await gl.gpu.webgpu({ device, limits: limit });
        const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
        for (const [i, grads] of steps.entries()) {
          await train.applyGradients(i === 1 ? gradsOnDevice(device, grads) : (grads as never));
        }
        expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
        const params = onDevice(device, tree(1));
        const adopted = await gl.TrainState.create({ params, tx: tx(), engine, adopt: true });
        for (const grads of steps) await adopted.applyGradients(gradsOnDevice(device, grads));
        expect(byPath(await adopted.readParams())).toEqual(byPath(await train.readParams()));
        device.destroy();
      });
    }
  }

  it("what does not fit at all is refused", async () => {
    const engine = await gl.gpu.webgpu({ limits: { maxBufferSize: 4096 } });
    await expect(gl.TrainState.create({ params: tree(1), tx: gl.sgd(0.1), engine })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });

  it("limits can only be lowered, and must be known", async () => {
    const engine = await gl.gpu.webgpu({ limits: { maxBufferSize: 2 ** 60 } });
    await gl.TrainState.create({ params: tree(1), tx: gl.sgd(0.1), engine });
    await expect(gl.gpu.webgpu({ limits: { maxBuffers: 1 } as never })).rejects.toMatchObject({
      code: "UNKNOWN_OPTION",
    });
    await expect(gl.gpu.webgpu({ limits: { maxBufferSize: 0 } })).rejects.toMatchObject({
      code: "INVALID_HYPERPARAMETER",
    });
  });
});

describe("a device that fails", () => {
  it("when it is lost, every call says so, and a snapshot goes on elsewhere", async () => {
    const device = await requestDevice();
    const engine = await gl.gpu.webgpu({ device });
    const tx = gl.adam(0.1);
    const train = await gl.TrainState.create({ params: tree(1), tx, engine });
    await train.applyGradients(tree(2));
    const snapshot = await train.snapshot();
    const reading = train.readParams();
    device.destroy();
    await expect(reading).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await device.lost;
    await expect(train.applyGradients(tree(3))).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await expect(train.snapshot()).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await expect(gl.TrainState.create({ params: tree(1), tx, engine })).rejects.toMatchObject({
      code: "DEVICE_LOST",
    });
    expect(train.step).toBe(1);
    train.dispose();
    const resumed = gl.TrainState.create({ ...snapshot, tx });
    resumed.applyGradients(tree(3));
    expect(byPath(resumed.snapshot())).toEqual(byPath(onCpu(tx, [tree(2), tree(3)])));
  });

  it("when it has no memory left, creation says so", async () => {
    const device = await requestDevice();
    const filters: GPUErrorFilter[] = [];
    const full = new Proxy(device, {
      get(target, name) {
        if (name === "pushErrorScope") {
          return (filter: GPUErrorFilter) => {
            filters.push(filter);
            target.pushErrorScope(filter);
          };
        }
        if (name === "popErrorScope") {
          return async () => {
            const filter = filters.pop();
            const found = await target.popErrorScope();
            return filter === "out-of-memory" ? new GPUOutOfMemoryError("no room") : found;
          };
        }
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const engine = await gl.gpu.webgpu({ device: full });
    await expect(gl.TrainState.create({ params: tree(1), tx: gl.sgd(0.1), engine })).rejects.toMatchObject({
      code: "OUT_OF_MEMORY",
      path: "engine",
    });
    expect(filters).toEqual([]);
    device.destroy();
  });
});

describe("no WebGPU", () => {
  it("no adapter", async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(gl.gpu.webgpu({ gpu })).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
  });

  it.each([
    ["device", {}],
    ["device", null],
    ["gpu", {}],
    ["gpu", null],
    ["limits", null],
    ["limits", 3],
  ])("%s: %j is refused", async (option, value) => {
    await expect(gl.gpu.webgpu({ [option]: value })).rejects.toMatchObject({
      code: "INVALID_HYPERPARAMETER",
      path: `gpu.webgpu.${option}`,
    });
  });
});
