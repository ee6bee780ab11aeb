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
