import { describe, expect, it } from "vitest";
import { gpuAddon } from "../../../ts/src/engine/native-gpu.ts";
import { byPath } from "../../conformance/trees.ts";
import { engine, gl } from "../engine.ts";
import { tree } from "../trees.ts";

describe("choosing a GPU of this machine", () => {
  it("by a part of its name, in any case", async () => {
    const word = /llvmpipe/i.exec(engine.description)?.[0] as string;
    const chosen = await gl.gpu.native({ adapter: word.toUpperCase(), power: "low-power" });
    expect(chosen.description).toBe(engine.description);
    expect(chosen.name).toBe("gpu");
  });

  it("names those that are there where none has the name", async () => {
    const choice = gl.gpu.native({ adapter: "abacus" });
    await expect(choice).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE", path: "engine" });
    await expect(choice).rejects.toThrow(/"abacus".*llvmpipe/s);
  });

  it.each([
    [{ adapter: 5 }, "INVALID_HYPERPARAMETER", "gpu.native.adapter"],
    [{ power: "nuclear" }, "INVALID_HYPERPARAMETER", "gpu.native.power"],
    [{ adaptor: "llvmpipe" }, "UNKNOWN_OPTION", "gpu.native.adaptor"],
  ])("refuses %j", async (options, code, path) => {
    await expect(gl.gpu.native(options as never)).rejects.toMatchObject({ code, path });
  });
});

it("one step of AdamW gives the bits of the CPU", async () => {
  const tx = gl.adamw(1e-2, { weightDecay: 0.1 });
  const cpu = gl.TrainState.create({ params: tree(1), tx, engine: "native" });
  const gpu = await gl.TrainState.create({ params: tree(1), tx, engine });
  cpu.applyGradients(tree(2));
  await gpu.applyGradients(tree(2));
  expect(byPath(await gpu.snapshot())).toEqual(byPath(cpu.snapshot()));
  expect(byPath(cpu.params)).not.toEqual(byPath(tree(1)));
  gpu.dispose();
});

it("when the device is lost, every call says so, and a new engine goes on from the snapshot", async () => {
  const tx = gl.adam(0.1);
  const train = await gl.TrainState.create({ params: tree(1), tx, engine });
  const snapshot = await train.snapshot();
  (await gpuAddon().Device.open(undefined, false)).destroy();
  await expect(train.applyGradients(tree(2))).rejects.toMatchObject({ code: "DEVICE_LOST", path: "engine" });
  await expect(train.readParams()).rejects.toMatchObject({ code: "DEVICE_LOST" });
  await expect(gl.TrainState.create({ params: tree(1), tx, engine })).rejects.toMatchObject({
    code: "DEVICE_LOST",
  });
  expect(train.step).toBe(0);
  train.dispose();

  const another = await gl.gpu.native();
  const resumed = await gl.TrainState.create({ ...snapshot, tx, engine: another });
  const cpu = gl.TrainState.create({ params: tree(1), tx });
  await resumed.applyGradients(tree(2));
  cpu.applyGradients(tree(2));
  expect(byPath(await resumed.snapshot())).toEqual(byPath(cpu.snapshot()));
});
