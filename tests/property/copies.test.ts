import { beforeAll, describe, expect, it, vi } from "vitest";
import { gl } from "../engine.ts";

/** Another copy of the library, with classes, symbols and engines of its own. */
let other: typeof gl;
beforeAll(async () => {
  vi.resetModules();
  other = await import("../../ts/src/entry/node.ts");
});

const params = () => ({ kernel: Float32Array.of(1, -2, 3), bias: Float32Array.of(0.5) });
const grads = (step: number) => ({ kernel: Float32Array.of(0.1, -step, 2), bias: Float32Array.of(step) });

/** Takes three steps, the last from a snapshot. */
const train = (tx: gl.GradientTransformation): unknown => {
  const state = gl.TrainState.create({ params: params(), tx });
  state.applyGradients(grads(1));
  state.applyGradients(grads(2));
  const resumed = gl.TrainState.create({ ...state.snapshot(), tx });
  resumed.applyGradients(grads(3));
  return resumed.snapshot().params;
};

const mask = { kernel: true, bias: false };

describe("two copies of the library in one program", () => {
  it("are two", () => {
    expect(other.adam).not.toBe(gl.adam);
    expect(other.GradloomError).not.toBe(gl.GradloomError);
  });

  it.each<[string, (own: typeof gl, inner: typeof gl) => gl.GradientTransformation]>([
    ["alone", (_, inner) => inner.adam(0.1)],
    ["in a chain", (own, inner) => own.chain(own.clipByGlobalNorm(1), inner.adamw(0.1), own.scale(0.5))],
    ["masked by the other", (own, inner) => own.masked(inner.trace(0.9), mask)],
    [
      "with a mask of its own",
      (own, inner) => own.chain(inner.masked(inner.adam(0.1), mask), own.scale(0.5)),
    ],
    ["with hyperparameters of the other", (own, inner) => own.injectHyperparams(inner.adam)(0.1)],
    [
      "with labels of the other",
      (own, inner) => own.partition({ a: inner.adam(0.1), b: own.sgd(0.1) }, { kernel: "a", bias: "b" }),
    ],
    ["in MultiSteps of the other", (own, inner) => new own.MultiSteps(inner.adam(0.1), 2)],
    ["with matrices", (own, inner) => own.chain(inner.contrib.muon(0.1), own.scale(0.5))],
  ])("take each other's transformations: %s", (_, make) => {
    expect(train(make(gl, other))).toEqual(train(make(gl, gl)));
  });

  it("recognize each other's errors, masked nodes and dimension numbers", () => {
    expect(() => other.adam(Number.NaN)).toThrow(gl.GradloomError);
    const { innerState } = other.masked(other.trace(0.9), mask).init(params());
    expect(innerState.trace.bias).toBeInstanceOf(gl.MaskedNode);
    expect(gl.tree.norm(innerState.trace)).toBe(0);
    const numbers = new other.contrib.MuonDimensionNumbers();
    expect(numbers).toBeInstanceOf(gl.contrib.MuonDimensionNumbers);
    expect(numbers).not.toBeInstanceOf(gl.contrib.GaLoreDimensionNumbers);
  });

  it("know what is none of them", () => {
    for (const value of [undefined, null, 1, {}, new Error("no"), Object.create(null)]) {
      expect(value).not.toBeInstanceOf(gl.GradloomError);
      expect(value).not.toBeInstanceOf(gl.MaskedNode);
    }
    class Own extends gl.GradloomError {}
    expect(new Own("INTERNAL", "own")).toBeInstanceOf(Own);
    expect(new gl.GradloomError("INTERNAL", "not own")).not.toBeInstanceOf(Own);
  });

  it("use each other's engines and snapshots", () => {
    const tx = gl.adam(0.1);
    const state = gl.TrainState.create({ params: params(), tx, engine: other.getEngine() });
    state.applyGradients(grads(1));
    const next = other.TrainState.create({ ...state.snapshot(), tx: other.adam(0.1) });
    next.applyGradients(grads(2));
    state.applyGradients(grads(2));
    expect(next.snapshot()).toEqual(state.snapshot());
  });
});
