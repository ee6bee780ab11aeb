import { expect, it, vi } from "vitest";
import { gl } from "../../../tests/engine.ts";

const params = () => ({ a: Float32Array.of(1, 2), b: Float32Array.of(3) });
/** Multiplies by the Hessian of a_0² + 2 a_1² + 4 b_0². */
const hvpFn = (_: unknown, { a, b }: ReturnType<typeof params>) => ({
  a: Float32Array.of(2 * (a[0] as number), 4 * (a[1] as number)),
  b: Float32Array.of(8 * (b[0] as number)),
});
const code = (name: string) => expect.objectContaining({ code: name });

it("asks for products with the Hessian only at the steps that estimate it", () => {
  const spy = vi.fn(hvpFn);
  const train = gl.TrainState.create({ params: params(), tx: gl.contrib.sophia(0.1, { updateInterval: 3 }) });
  for (let step = 0; step < 4; step++) train.applyGradients(params(), { hvpFn: spy });
  expect(spy).toHaveBeenCalledTimes(2);
  train.applyGradients(params());
  expect(() => train.applyGradients(params())).not.toThrow();
  expect(() => train.applyGradients(params())).toThrow(code("EXTRA_ARGUMENT_REQUIRED"));
  expect(train.step).toBe(6);
});

it("takes asynchronous products, and sees all parameters behind a mask", async () => {
  const tx = gl.masked(gl.contrib.hutchinsonEstimatorDiagHessian(), { a: true, b: false });
  const seen: unknown[] = [];
  const later = async (at: ReturnType<typeof params>, v: ReturnType<typeof params>) => {
    seen.push(at, v.b);
    return hvpFn(at, v);
  };
  const [updates] = await tx.updateAsync(params(), tx.init(params()), params(), { hvpFn: later });
  expect(updates).toEqual({ a: Float32Array.of(2, 4), b: Float32Array.of(3) });
  expect(seen).toEqual([params(), Float32Array.of(0)]);
});

it("says which part of the updates was not clipped", () => {
  const said = vi.spyOn(console, "info").mockImplementation(() => {});
  const options = { verbose: true, printWinRateEveryNSteps: 2, updateInterval: 1, eps: 2.5 };
  const train = gl.TrainState.create({ params: params(), tx: gl.contrib.sophia(0.1, options) });
  for (let step = 0; step < 2; step++) train.applyGradients(params(), { hvpFn });
  expect(said.mock.calls).toEqual([["scaleBySophia: 0.6666666666666666 of the updates were not clipped"]]);
  said.mockRestore();
});
