import { describe, expect, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";
import { adam, into, snapshot, snapshotOf } from "../../../../tests/safetensors/travelling.ts";
import { deserialize, serialize } from "../plain.ts";
import {
  fromMlx,
  fromOptax,
  fromTfjs,
  fromTorch,
  toMlx,
  toOptax,
  torchKernels,
  toTfjs,
  toTorch,
} from "./index.ts";

/** Sends tensors through the bytes of a file. */
const throughBytes = <T extends Parameters<typeof serialize>[0]>(tensors: T) =>
  deserialize(serialize(tensors)).tensors;

describe("a checkpoint that travels and comes back", () => {
  it("is the same by way of Optax", () => {
    const { model, optimizer } = toOptax(snapshot);
    expect(Object.keys(model)).toEqual(["dense/kernel", "dense/bias", "list/0"]);
    const back = fromOptax({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, into);
    expect(back).toEqual(snapshot);
    expect(gl.tree.get(back.optState, "count")).toBe(3);
  });

  it("is the same by way of PyTorch", () => {
    const files = toTorch(snapshot, torchKernels);
    expect(files.paramGroups).toEqual([
      { params: [0, 1, 2], param_names: ["dense.weight", "dense.bias", "list.0"] },
    ]);
    const [a, b, c, d, e, f] = snapshot.params.dense.kernel.data;
    expect(files.model["dense.weight"]).toEqual(gl.tensor(Float32Array.of(a, d, b, e, c, f), [3, 2]));
    const { model, optimizer, paramGroups } = files;
    const back = { model: throughBytes(model), optimizer: throughBytes(optimizer), paramGroups };
    expect(fromTorch(back, { ...into, ...torchKernels })).toEqual(snapshot);
  });

  it("is the same by way of MLX and of TensorFlow.js", () => {
    const { model, optimizer } = toMlx(snapshot, { learningRate: 0.1 });
    expect(fromMlx({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, into)).toEqual(
      snapshot,
    );
    const { weightSpecs, weightData } = toTfjs(snapshot);
    expect(fromTfjs({ weightSpecs, weightData }, into)).toEqual(snapshot);
    const parts = [weightData.slice(0, 10), weightData.slice(10)];
    expect(fromTfjs({ weightSpecs, weightData: parts }, into)).toEqual(snapshot);
  });

  it("takes the learning rate of MLX from injectHyperparams", () => {
    const injected = snapshotOf(gl.injectHyperparams(gl.adam)(0.25));
    expect(toMlx(injected).optimizer.learning_rate?.data[0]).toBe(0.25);
  });

  it("may be the weights of a PyTorch model alone", () => {
    const { model } = toTorch(snapshot, torchKernels);
    const parts = { model: throughBytes(model), optimizer: {}, paramGroups: [] };
    const { params } = fromTorch(parts, { ...into, tx: gl.identity(), ...torchKernels });
    expect(params).toEqual(snapshot.params);
  });

  it("keeps types: double precision, halves in the state, integers in the parameters", () => {
    const params = { w: Float64Array.of(1, 2), n: Int32Array.of(3) };
    const tx = gl.adam(0.1, { muDtype: "bfloat16" });
    const train = gl.TrainState.create({ params, tx });
    train.applyGradients({ w: Float64Array.of(1, 2), n: null } as never);
    const taken = train.snapshot();
    const { model, optimizer } = toOptax(taken);
    expect(optimizer["0/mu/w"]?.dtype).toBe("bfloat16");
    expect(
      fromOptax({ model: throughBytes(model), optimizer: throughBytes(optimizer) }, { params, tx }),
    ).toEqual(taken);
    expect(fromTorch(toTorch(taken), { params, tx })).toEqual(taken);
    train.dispose();
  });

  it("widens numbers, and shares no memory", () => {
    const { optimizer } = toOptax(snapshot);
    const wide = {
      dense: { kernel: gl.tensor(new Float64Array(6), [2, 3]), bias: new Float64Array(3) },
      list: [new Float64Array(1)],
    };
    const back = fromOptax({ optimizer }, { params: wide, tx: adam });
    expect([...gl.tree.get(back.optState, "mu").dense.kernel.data]).toEqual([
      ...gl.tree.get(snapshot.optState, "mu").dense.kernel.data,
    ]);
    back.params.dense.kernel.data[0] = 9;
    expect(wide.dense.kernel.data[0]).toBe(0);
  });

  it("has names of one's own", () => {
    const name = (keys: readonly string[]) => `net.${keys.join(".")}`;
    const { model, optimizer } = toOptax(snapshot, { name });
    expect(Object.keys(model)[0]).toBe("net.dense.kernel");
    expect(optimizer).toHaveProperty(["0/mu/net.dense.kernel"]);
    expect(fromOptax({ model, optimizer }, { ...into, name })).toEqual(snapshot);
  });
});
