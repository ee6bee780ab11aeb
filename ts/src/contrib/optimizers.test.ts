import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const w = (...values: number[]) => ({ w: new Float32Array(values) });
const refusal = (code: gl.ErrorCode, path: string) => expect.objectContaining({ code, path });

describe.each(["dadaptAdamw", "prodigy"] as const)("%s", (name) => {
  const make = gl.contrib[name];

  it("keeps its estimate while all gradients are zero, then goes on", () => {
    const train = gl.TrainState.create({ params: w(1, -2), tx: make() });
    for (let step = 0; step < 3; step++) train.applyGradients(w(0, 0));
    expect(train.params).toEqual(w(1, -2));
    expect(train.optState.estimLr).toBe(1e-6);
    for (let step = 0; step < 20; step++) train.applyGradients(w(1, -1));
    expect(train.optState.estimLr).toBeGreaterThan(1e-6);
    expect(train.params.w.every(Number.isFinite)).toBe(true);
  });

  it("lets a broken gradient break its own parameter only", () => {
    const train = gl.TrainState.create({ params: w(1, -2), tx: make() });
    train.applyGradients(w(1, Number.NaN));
    train.applyGradients(w(1, 1));
    expect(train.params.w[0]).not.toBeNaN();
    expect(train.params.w[1]).toBeNaN();
    expect(train.optState.estimLr).toBe(1e-6);
  });

  it("needs two decay rates", () => {
    // @ts-expect-error: three numbers
    expect(() => make(1, { betas: [0.9, 0.99, 0.999] })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", `${name}.betas`),
    );
    expect(() => make(1, { betas: [0.9, 1] })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", `${name}.betas[1]`),
    );
  });

  it("shows its learning rate to injectHyperparams", () => {
    const tx = gl.injectHyperparams(make)();
    expect(tx.init(w(1)).hyperparams).toMatchObject({ learningRate: 1, estimLr0: 1e-6 });
  });
});

describe.each(["momo", "momoAdam"] as const)("%s", (name) => {
  it("needs the value of the loss, and changes nothing without it", () => {
    const train = gl.TrainState.create({ params: w(1), tx: gl.contrib[name]() });
    train.applyGradients(w(1), { value: 1 });
    const before = structuredClone({ params: train.params, state: train.optState });
    expect(() => train.applyGradients(w(1))).toThrowError(
      refusal("EXTRA_ARGUMENT_REQUIRED", `${name}.value`),
    );
    expect({ params: train.params, state: train.optState }).toEqual(before);
  });

  it("refuses a schedule that gives no number", () => {
    const tx = gl.contrib[name](() => Number.NaN);
    expect(() => tx.update(w(1), tx.init(w(1)), w(1), { value: 1 })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", `${name}.learningRate`),
    );
  });
});

describe("dog", () => {
  it("takes its first distance from the parameters that it sees", () => {
    const params = { a: new Float32Array([3, 4]), b: new Float32Array([100]) };
    const tx = gl.masked(gl.contrib.dog(1, { initStep: ["heuristic", 0.5] }), { a: true, b: false });
    expect(tx.init(params).innerState[1].maxDist).toBe(3);
  });

  it("needs a kind of first step that it knows", () => {
    // @ts-expect-error: no such kind
    expect(() => gl.contrib.dog(1, { initStep: ["guess", 1] })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "dog.initStep"),
    );
    expect(() => gl.contrib.dog(1, { initStep: ["distance", -1] })).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "dog.initStep[1]"),
    );
  });
});

describe("scaleByAdemamix", () => {
  it("keeps its averages in the storage asked for", () => {
    const tx = gl.contrib.scaleByAdemamix({ muDtype: "bfloat16" });
    const [, state] = tx.update(w(1), tx.init(w(1)));
    for (const average of [state.m1, state.m2, state.nu])
      expect(average.w).toMatchObject({ data: expect.any(Uint16Array) });
  });
});

describe("scaleByAdopt", () => {
  it("refuses a clipping value that is no number", () => {
    const tx = gl.contrib.scaleByAdopt({ clipValueFn: () => Number.NaN });
    expect(() => tx.update(w(1), tx.init(w(1)))).toThrowError(
      refusal("INVALID_HYPERPARAMETER", "scaleByAdopt.clipValueFn"),
    );
  });
});

describe("normalize", () => {
  it("leaves updates alone that are all zero", () => {
    const tx = gl.contrib.normalize();
    expect(tx.update(w(0, 0), tx.init(w(0, 0)))[0]).toEqual(w(0, 0));
  });
});
