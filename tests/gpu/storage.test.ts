import { describe, expect, it } from "vitest";
import { rounding } from "../../ts/src/pytree/operand.ts";
import { engine, gl, gpuName } from "./engine.ts";

/** An odd number of elements: the last word is half used. */
const ones = (n = 1027) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));

const STORAGES = ["float16", "bfloat16"] as const;

describe(`packed storage on ${gpuName}`, () => {
  for (const params of STORAGES) {
    for (const grads of STORAGES) {
      it(`parameters in ${params} and gradients in ${grads}, single precision between`, async () => {
        const [w, g] = [ones(), ones().map((x) => x / 7)];
        const engines = { engine, storage: { params, grads } };
        const train = await gl.TrainState.create({
          params: { w, b: w.slice(0, 3) },
          tx: gl.sgd(0.5),
          ...engines,
        });
        const start = w.map(rounding[params]);
        expect((await train.readParams()).w).toEqual(start);
        await train.applyGradients({ w: g, b: g.slice(0, 3) });
        const expected = start.map((p, i) => {
          const u = Math.fround(-0.5 * rounding[grads](g[i] as number));
          return rounding[params](Math.fround(p + u));
        });
        const after = await train.readParams();
        expect(after.w).toEqual(expected);
        expect(after.b).toEqual(expected.slice(0, 3));
        expect((await train.snapshot()).params.w).toEqual(expected);
      });
    }
  }

  for (const params of STORAGES) {
    it(`training in ${params} goes on from a snapshot with the same bits`, async () => {
      const options = { tx: gl.adamw(0.01), engine, storage: { params, grads: params } };
      const straight = await gl.TrainState.create({ params: { w: ones() }, ...options });
      const grads = [1, 2, 3, 4].map((k) => ({ w: ones().map((x) => Math.cos(k * x)) }));
      for (const g of grads.slice(0, 2)) await straight.applyGradients(g);
      const snapshot = structuredClone(await straight.snapshot());
      const resumed = await gl.TrainState.create({ ...snapshot, ...options });
      expect(await resumed.snapshot()).toEqual(snapshot);
      for (const g of grads.slice(2)) {
        await straight.applyGradients(g);
        await resumed.applyGradients(g);
      }
      expect(await resumed.snapshot()).toEqual(await straight.snapshot());
      expect((await resumed.readParams()).w).not.toEqual(snapshot.params.w);
      expect(resumed.step).toBe(4);
    });
  }

  it("gradients whose squares exceed float16 are clipped by their true global norm", async () => {
    const n = 4096;
    const train = await gl.TrainState.create({
      params: { w: new Float32Array(n) },
      tx: gl.chain(gl.clipByGlobalNorm(1), gl.sgd(1)),
      engine,
      storage: { grads: "float16" },
    });
    await train.applyGradients({ w: new Float32Array(n).fill(6e4) });
    const { w } = await train.readParams();
    for (const x of w) expect(x).toBeCloseTo(-1 / Math.sqrt(n), 7);
  });

  it("the state stays in single precision", async () => {
    const tx = gl.adam(0.1);
    const train = await gl.TrainState.create({
      params: { w: ones() },
      tx,
      engine,
      storage: { params: "bfloat16" },
    });
    await train.applyGradients({ w: ones() });
    const { optState } = await train.snapshot();
    expect(optState[0].mu.w).toBeInstanceOf(Float32Array);
    expect(optState[0].mu.w[5]).toBeCloseTo(0.1 * Math.sin(6), 6);
  });
});
