import { describe, expect, it } from "vitest";
import { BufferEngine } from "../../../ts/src/gpu/webgpu/engine.ts";
import { byPath } from "../../conformance/trees.ts";
import { gl } from "../engine.ts";
import { gradients, type Tree, tree } from "../trees.ts";
import { gradsOnDevice, onCpu, onDevice, requestDevice } from "./device.ts";

const device = await requestDevice();
const made = await gl.gpu.webgpu({ device });
if (!(made instanceof BufferEngine)) throw new Error("this engine makes no state at once");
const engine = made;
const tx = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.linearSchedule(1e-2, 0, 5)));
const steps = gradients(4);

describe("a training state that is made without waiting", () => {
  it("takes steps without waiting: the bits of the CPU", async () => {
    const train = engine.createTrainStateNow({ params: onDevice(device, tree(1)), tx: tx() });
    for (const grads of steps) train.applyGradientsNow(gradsOnDevice(device, grads));
    expect(train.step).toBe(4);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
    train.dispose();
  });

  it("takes steps that are waited for in between", async () => {
    const train = engine.createTrainStateNow({ params: onDevice(device, tree(1)), tx: tx() });
    const [first, second, third, fourth] = steps as [Tree, Tree, Tree, Tree];
    train.applyGradientsNow(gradsOnDevice(device, first));
    await train.applyGradients(gradsOnDevice(device, second) as never);
    train.applyGradientsNow(gradsOnDevice(device, third, { together: true, gap: 4 }));
    await train.applyGradients(fourth as never);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
    train.dispose();
  });

  it("resumes from a snapshot", async () => {
    const [first, ...rest] = steps as [Tree, ...Tree[]];
    const { params, optState, step } = onCpu(tx(), [first]);
    const train = engine.createTrainStateNow({ params: onDevice(device, params), tx: tx(), optState, step });
    for (const grads of rest) train.applyGradientsNow(gradsOnDevice(device, grads));
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
    train.dispose();
  });

  it("goes on where the parameters are moved to, and back", async () => {
    const [here, there] = [onDevice(device, tree(1)), onDevice(device, tree(1))];
    const train = engine.createTrainStateNow({ params: here, tx: gl.sgd(0.1) });
    const other = engine.createTrainStateNow({ params: there, tx: gl.sgd(0.1) });
    const gradsOf = steps.map((grads) => gradsOnDevice(device, grads));
    const take = (of: typeof train, step: number) => of.applyGradientsNow(gradsOf[step] as never);
    take(train, 0);
    train.moveParams(there);
    take(train, 1);
    take(train, 0);
    train.moveParams(here);
    take(train, 1);
    const [first, second] = steps as [Tree, Tree];
    const trained = byPath(onCpu(gl.sgd(0.1), [first, second]).params);
    expect(byPath(await train.readParams())).toEqual(trained);
    const reversed = byPath(onCpu(gl.sgd(0.1), [second, first]).params);
    expect(byPath(await other.readParams())).toEqual(reversed);
    for (const state of [train, other]) state.dispose();
  });

  const starting: Record<string, () => gl.GradientTransformation> = {
    "begins with the parameters": () => gl.contrib.scheduleFreeSgd(0.1),
    "is in half precision": () => gl.adam(0.1, { muDtype: "bfloat16" }),
    "has factors of a leaf": () => gl.adafactor(0.1, { minDimSizeToFactor: 8 }),
    "lacks the masked leaves": () => gl.masked(gl.adam(0.1), gl.pathMask(/kernel|long/)),
  };
  for (const [name, make] of Object.entries(starting)) {
    it(`copies a state that ${name} on the device to another one, which goes on alike`, async () => {
      const [first, second, ...rest] = steps.map((grads) => gradsOnDevice(device, grads));
      const begin = () => engine.createTrainStateNow({ params: onDevice(device, tree(1)), tx: make() });
      const whole = begin();
      for (const grads of [first, second, ...rest]) whole.applyGradientsNow(grads as never);

      const params = onDevice(device, tree(1));
      const train = engine.createTrainStateNow({ params, tx: make() });
      for (const grads of [first, second]) train.applyGradientsNow(grads as never);
      const copy = train.copyStateNow();
      const then = await train.snapshot();
      train.moveParams(onDevice(device, tree(1)));
      train.applyGradientsNow(first as never); // changes neither the copy nor the parameters
      expect(byPath(await train.readCopies(copy))).toEqual(byPath(then.optState));
      train.dispose();
      const other = engine.createTrainStateNow({ params, tx: make() });
      other.writeState(other.liveState(), []);
      other.writeState(copy, []);
      other.writeState(other.liveState(), []);
      for (const grads of rest) other.applyGradientsNow(grads as never);
      const [{ params: expected, optState }, resumed] = [await whole.snapshot(), await other.snapshot()];
      expect(byPath(resumed.params)).toEqual(byPath(expected));
      expect(byPath(resumed.optState)).toEqual(byPath(optState));
      for (const state of [whole, other]) state.dispose();
    });
  }

  it("refuses what it would have to wait for, and nothing has changed", async () => {
    const params = onDevice(device, tree(1));
    const train = engine.createTrainStateNow({ params, tx: gl.novograd(0.1) });
    expect(() => train.applyGradientsNow(gradsOnDevice(device, tree(2)))).toThrow(/NovoGrad.*cannot wait/i);
    expect(train.step).toBe(0);
    const small = { ...params, long: { ...params.long, size: 16 } };
    expect(() => train.moveParams(small)).toThrow(expect.objectContaining({ path: "params.long" }));
    await train.applyGradients(gradsOnDevice(device, tree(2)) as never);
    expect(train.step).toBe(1);
    train.dispose();
  });
});
