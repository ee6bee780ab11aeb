import { describe, expect, it } from "vitest";
import { load, save } from "../../ts/src/safetensors/index.ts";
import { cpuEngines, engine, gl, gpuName } from "./engine.ts";
import { gradients, tree } from "./trees.ts";

describe(`a checkpoint on ${gpuName}`, () => {
  it("is that of its snapshot, and goes on from engine to engine", async () => {
    const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-2, { muDtype: "bfloat16" }));
    const [first, second, third] = gradients(3) as [unknown, unknown, unknown];
    const straight = gl.TrainState.create({ params: tree(1), tx });
    for (const grads of [first, second, third]) straight.applyGradients(grads as never);
    const device = await gl.TrainState.create({ params: tree(1), tx, engine });
    await device.applyGradients(first as never);
    const bytes = await save(device);
    expect(bytes).toEqual(save(await device.snapshot(), { tx }));
    const host = gl.TrainState.create({ ...load(bytes, { tx }), tx, engine: cpuEngines.at(-1) as string });
    host.applyGradients(second as never);
    const back = await gl.TrainState.create({ ...load(save(host), { tx }), tx, engine });
    await back.applyGradients(third as never);
    expect(await save(back)).toEqual(save(straight));
  });
});
