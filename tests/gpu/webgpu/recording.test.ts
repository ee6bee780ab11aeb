import { describe, expect, it } from "vitest";
import { byPath } from "../../conformance/trees.ts";
import { gl } from "../engine.ts";
import { gradients, tree } from "../trees.ts";
import { gradsOnDevice, onCpu, requestDevice } from "./device.ts";

const device = await requestDevice();
const engine = await gl.gpu.webgpu({ device });
const steps = gradients(5);

describe("steps recorded into the caller's encoder", () => {
  const tx = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.linearSchedule(1e-2, 0, 5)));

  it("each have their own scalars and gradients", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
    const encoder = device.createCommandEncoder();
    for (const grads of steps) train.record(encoder, gradsOnDevice(device, grads));
    expect(train.step).toBe(5);
    device.queue.submit([encoder.finish()]);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
  });

  it("with gradients that have to be copied", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
    const encoder = device.createCommandEncoder();
    for (const grads of steps)
      train.record(encoder, gradsOnDevice(device, grads, { together: true, gap: 4 }));
    device.queue.submit([encoder.finish()]);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
  });

  it("between steps that are submitted at once, and many to an encoder", async () => {
    const train = await gl.TrainState.create({ params: { w: new Float32Array([0]) }, tx: gl.sgd(1), engine });
    await train.applyGradients({ w: new Float32Array([-1]) });
    for (let i = 0; i < 4; i++) {
      const encoder = device.createCommandEncoder();
      for (let k = 0; k < 50; k++) train.record(encoder);
      device.queue.submit([encoder.finish()]);
      await train.applyGradients();
    }
    expect((await train.readParams()).w[0]).toBe(205);
  });

  it("in many encoders that wait together", async () => {
    const train = await gl.TrainState.create({
      params: { w: new Float32Array([0]) },
      tx: gl.sgd((count) => 2 ** -count),
      engine,
    });
    await train.applyGradients({ w: new Float32Array([-1]) });
    const encoders = Array.from({ length: 20 }, () => {
      const encoder = device.createCommandEncoder();
      train.record(encoder);
      return encoder;
    });
    device.queue.submit(encoders.map((encoder) => encoder.finish()));
    expect((await train.readParams()).w[0]).toBe(2 - 2 ** -20);
  });

  it("host code that needs no result decides while recording", async () => {
    const own = () => new gl.MultiSteps(gl.adamw(1e-2), 2);
    const train = await gl.TrainState.create({ params: tree(1), tx: own(), engine });
    const encoder = device.createCommandEncoder();
    for (const grads of steps) train.record(encoder, gradsOnDevice(device, grads));
    device.queue.submit([encoder.finish()]);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(own(), steps)));
  });

  const looking: Record<string, gl.GradientTransformation> = {
    applyIfFinite: gl.applyIfFinite(gl.sgd(1), 1),
    zeroNans: gl.chain(gl.zeroNans(), gl.sgd(1)),
    scaleByNovograd: gl.novograd(0.1),
  };
  for (const [name, tx] of Object.entries(looking)) {
    it(`${name}, which looks at results, is refused by name`, async () => {
      const train = await gl.TrainState.create({ params: tree(1), tx, engine });
      const record = () => train.record(device.createCommandEncoder());
      expect(record).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
      expect(record).toThrow(new RegExp(name));
      expect(train.step).toBe(0);
    });
  }

  it("what looks at results is found behind what does not, for want of leaves", async () => {
    const tx = gl.chain(gl.masked(gl.zeroNans(), { w: false }), gl.zeroNans(), gl.sgd(1));
    const train = await gl.TrainState.create({ params: { w: new Float32Array([3]) }, tx, engine });
    const encoder = device.createCommandEncoder();
    expect(() => train.record(encoder)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    await train.applyGradients({ w: new Float32Array([1]) });
    device.queue.submit([encoder.finish()]);
    expect((await train.readParams()).w[0]).toBe(2);
  });
});
