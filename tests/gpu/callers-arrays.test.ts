import { describe, expect, it } from "vitest";
import { rounding } from "../../ts/src/pytree/operand.ts";
import { engine, gl, gpuName } from "./engine.ts";

const detach = ({ buffer }: Float32Array): void => {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
};

const numbers = (n = 64) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));

describe(`the caller's arrays on ${gpuName}`, () => {
  it("of parameters may change after the call: they are read when they are passed", async () => {
    const [changed, detached] = [numbers(), numbers()];
    const creating = gl.TrainState.create({ params: { changed, detached }, tx: gl.sgd(1), engine });
    changed.fill(9);
    detach(detached);
    const params = await (await creating).readParams();
    expect(params).toEqual({ changed: numbers(), detached: numbers() });
  });

  it("of gradients may change after the call, in the first step and in the next", async () => {
    const train = await gl.TrainState.create({ params: { w: new Float32Array(1) }, tx: gl.sgd(1), engine });
    const grads = { w: new Float32Array(1) };
    for (let step = 1; step <= 3; step++) {
      grads.w[0] = 1;
      const applied = train.applyGradients(grads);
      grads.w[0] = 100;
      await applied;
      expect((await train.readParams()).w[0]).toBe(-step);
    }
  });

  it("of a snapshot may change after the call", async () => {
    const params = () => ({ w: numbers() });
    const cpu = gl.TrainState.create({ params: params(), tx: gl.adam(0.1) });
    cpu.applyGradients(params());
    const snapshot = cpu.snapshot();
    const expected = structuredClone(snapshot);
    const creating = gl.TrainState.create({ ...snapshot, tx: gl.adam(0.1), engine });
    snapshot.optState[0].mu.w.fill(9);
    detach(snapshot.optState[0].nu.w);
    expect(structuredClone(await (await creating).snapshot())).toEqual(expected);
  });

  it("of a snapshot may change after the call where no kernel touches them", async () => {
    const params = () => ({ w: gl.tensor(new Float32Array(256 * 256).fill(1), [256, 256]) });
    const tx = gl.scaleByFactoredRms();
    const cpu = gl.TrainState.create({ params: params(), tx });
    cpu.applyGradients(params());
    const snapshot = cpu.snapshot();
    const idle = structuredClone(snapshot.optState.v);
    const train = await gl.TrainState.create({ ...snapshot, tx, engine });
    for (const array of [snapshot.optState.v.w].flat()) ("data" in array ? array.data : array).fill(42);
    expect(structuredClone((await train.snapshot()).optState.v)).toEqual(idle);
  });

  it("that share memory are refused, as on the CPU", async () => {
    const memory = new Float32Array(4);
    const params = { a: memory.subarray(0, 3), b: memory.subarray(2) };
    const expected = { code: "OVERLAPPING_MEMORY", path: "params.b" };
    expect(() => gl.TrainState.create({ params, tx: gl.sgd(1) })).toThrow(expect.objectContaining(expected));
    await expect(gl.TrainState.create({ params, tx: gl.sgd(1), engine })).rejects.toMatchObject(expected);
  });

  it("that are missing are refused by the promise", async () => {
    const creating = gl.TrainState.create({ tx: gl.sgd(1), engine } as never) as unknown as Promise<unknown>;
    await expect(creating).rejects.toMatchObject({ code: "INVALID_TREE", path: "params" });
  });
});

describe(`a state that begins with packed parameters on ${gpuName}`, () => {
  for (const storage of ["float16", "bfloat16"] as const) {
    it(`has them as ${storage} does`, async () => {
      const train = await gl.TrainState.create({
        params: { w: numbers() },
        tx: gl.contrib.dog(),
        engine,
        storage: { params: storage },
      });
      const { params, optState } = await train.snapshot();
      expect(params.w).toEqual(numbers().map(rounding[storage]));
      expect(optState[1].initParams.w).toEqual(params.w);
    });
  }

  it("is asked for by an object", async () => {
    for (const storage of ["bfloat16", null, ["bfloat16"]]) {
      const options = { params: { w: numbers() }, tx: gl.sgd(1), engine, storage: storage as never };
      await expect(gl.TrainState.create(options)).rejects.toMatchObject({
        code: "INVALID_HYPERPARAMETER",
        path: "TrainState.create.storage",
      });
    }
  });
});
