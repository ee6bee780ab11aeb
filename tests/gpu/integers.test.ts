/** Integers among the parameters stay on the host, as they are. */
import { describe, expect, it } from "vitest";
import { engine, gl, gpuName } from "./engine.ts";

const f = (...x: number[]) => Float32Array.of(...x);
const params = () => ({ count: { data: Int32Array.of(7, 8), shape: [2, 1] }, w: f(3, 4) });
const adam = () => gl.chain(gl.clipByGlobalNorm(1), gl.adam(0.1));

describe(`integers among the parameters, on ${gpuName}`, () => {
  it("stay as they are in steps and snapshots, and the others are trained as without them", async () => {
    const given = params();
    const train = await gl.TrainState.create({ params: given, tx: adam(), engine });
    given.count.data[0] = 0;
    const alone = await gl.TrainState.create({ params: { w: f(3, 4) }, tx: adam(), engine });
    for (let i = 0; i < 2; i++) {
      await train.applyGradients({ count: null, w: f(1, 2) } as never);
      await alone.applyGradients({ w: f(1, 2) });
    }
    const { w } = await alone.readParams();
    expect(await train.readParams()).toEqual({ ...params(), w });
    const snapshot = await train.snapshot();
    expect(snapshot.params).toEqual({ ...params(), w });
    const resumed = await gl.TrainState.create({ ...snapshot, tx: adam(), engine });
    expect(await resumed.readParams()).toEqual({ ...params(), w });
  });

  it("take gradients of zeros where a mask keeps kernels away, and are refused by name elsewhere", async () => {
    const tx = gl.masked(gl.sgd(1), { count: false, w: true });
    const train = await gl.TrainState.create({ params: params(), tx, engine });
    await train.applyGradients({ count: { data: new Int32Array(2), shape: [2, 1] }, w: f(1, 1) });
    expect(await train.readParams()).toEqual({ ...params(), w: f(2, 3) });
    const plain = await gl.TrainState.create({ params: params(), tx: gl.sgd(1), engine });
    await expect(plain.applyGradients(params())).rejects.toMatchObject({
      code: "DTYPE_MISMATCH",
      path: "grads.count",
    });
    expect(plain.step).toBe(0);
  });
});
