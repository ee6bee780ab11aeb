import { describe, expect, it } from "vitest";
import { gl } from "../engine.ts";
import { tree } from "../trees.ts";
import { type Counts, countingDevice } from "./counting-device.ts";
import { gradsOnDevice, requestDevice } from "./device.ts";

const { device, counts } = countingDevice(await requestDevice());
const engine = await gl.gpu.webgpu({ device });

const reset = (): void => {
  for (const name of Object.keys(counts)) delete counts[name];
};

/** The calls that one step makes to the device. */
const ONE_STEP: Counts = {
  writeBuffer: 1,
  createCommandEncoder: 1,
  beginComputePass: 1,
  finish: 1,
  submit: 1,
};

/** The calls that one step makes where it asks whether the device takes the caller's buffers. */
const ONE_CHECKED_STEP: Counts = { ...ONE_STEP, pushErrorScope: 3, popErrorScope: 3 };

const chains: Record<string, gl.GradientTransformation> = {
  sgd: gl.sgd(0.1, { momentum: 0.9 }),
  adamw: gl.adamw(gl.cosineDecaySchedule(1e-2, 10)),
  "clipped by global norm": gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-2)),
  lamb: gl.lamb(1e-2),
  "masked decay": gl.adamw(1e-2, { weightDecay: 0.1, mask: gl.pathMask(/kernel$/) }),
  "every second": new gl.MultiSteps(gl.adamw(1e-2), 2),
  injected: gl.injectHyperparams(gl.adamw)(1e-2),
};

describe("after the first step nothing is created, and a step is one write, one pass, one submit", () => {
  for (const [name, tx] of Object.entries(chains)) {
    it(`${name}, gradients in the arena`, async () => {
      const train = await gl.TrainState.create({ params: tree(1), tx, engine });
      await train.applyGradients(tree(2));
      reset();
      for (let i = 0; i < 3; i++) {
        await train.applyGradients();
        expect(counts).toEqual(ONE_STEP);
        reset();
      }
    });

    it(`${name}, gradients of the caller's`, async () => {
      const train = await gl.TrainState.create({ params: tree(1), tx, engine });
      const [even, odd] = [gradsOnDevice(device, tree(2)), gradsOnDevice(device, tree(3))];
      await train.applyGradients(even);
      await train.applyGradients(odd);
      reset();
      for (const grads of [even, odd, even]) {
        await train.applyGradients(grads);
        expect(counts).toEqual(ONE_CHECKED_STEP);
        reset();
      }
    });
  }

  it("steps recorded into one encoder create nothing either, and submit nothing", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adamw(1e-2), engine });
    const encoder = device.createCommandEncoder();
    train.record(encoder);
    reset();
    for (let i = 0; i < 3; i++) train.record(encoder);
    expect(counts).toEqual({ writeBuffer: 3, copyBufferToBuffer: 3, beginComputePass: 3 });
  });

  it.each([
    [1, 1],
    [16, 1],
    [17, 2],
    [32, 2],
    [33, 3],
  ])("%i steps recorded into a fresh encoder take %i buffers for their scalars", async (steps, buffers) => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adamw(1e-2), engine });
    train.record(device.createCommandEncoder());
    const encoder = device.createCommandEncoder();
    reset();
    for (let i = 0; i < steps; i++) train.record(encoder);
    expect(counts).toEqual({
      createBuffer: buffers,
      writeBuffer: steps,
      copyBufferToBuffer: steps,
      beginComputePass: steps,
    });
  });

  it("the count sees what is read back", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.applyIfFinite(gl.sgd(1), 1), engine });
    await train.applyGradients(tree(2));
    reset();
    await train.applyGradients();
    expect(counts.mapAsync).toBe(1);
    expect(counts.createBuffer).toBeUndefined();
  });
});
