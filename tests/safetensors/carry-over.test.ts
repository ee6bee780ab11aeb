/** Checkpoints of other parameters: what fits is kept. */
import { describe, expect, it } from "vitest";
import { carryOver, load, save } from "../../ts/src/safetensors/index.ts";
import { gl } from "../engine.ts";
import { expectRefusal } from "../property/refusal.ts";

describe("changed parameters", () => {
  const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adam(0.1));
  const old = {
    encoder: { w: Float32Array.of(1, 2), b: Float32Array.of(3) },
    head: Float32Array.of(4),
    gone: Float32Array.of(5),
  };
  const train = gl.TrainState.create({ params: old, tx });
  train.applyGradients(old);
  const checkpoint = load(save(train), { tx });
  const next = () => ({
    backbone: { w: new Float32Array(2), b: new Float32Array(2) },
    head: new Float32Array(1),
    extra: Float32Array.of(9),
  });

  it("keep what fits by their new paths, and list all three kinds", () => {
    const carried = carryOver(checkpoint, { params: next(), tx, rename: { encoder: "backbone" } });
    expect(carried.kept).toEqual([
      "params.backbone.w",
      "params.head",
      "optState[1][0].count",
      "optState[1][0].mu.backbone.w",
      "optState[1][0].mu.head",
      "optState[1][0].nu.backbone.w",
      "optState[1][0].nu.head",
    ]);
    expect(carried.fresh).toEqual([
      "params.backbone.b",
      "params.extra",
      "optState[1][0].mu.backbone.b",
      "optState[1][0].mu.extra",
      "optState[1][0].nu.backbone.b",
      "optState[1][0].nu.extra",
    ]);
    expect(carried.dropped).toEqual([
      "params.encoder.b",
      "params.gone",
      "optState[1][0].mu.encoder.b",
      "optState[1][0].mu.gone",
      "optState[1][0].nu.encoder.b",
      "optState[1][0].nu.gone",
    ]);
    const resumed = gl.TrainState.create({ ...carried, tx });
    const snapshot = resumed.snapshot();
    expect(snapshot.step).toBe(1);
    expect(snapshot.params).toEqual({
      backbone: { w: checkpoint.params.encoder.w, b: new Float32Array(2) },
      head: checkpoint.params.head,
      extra: Float32Array.of(9),
    });
    expect(snapshot.optState[1][0].mu).toEqual({
      backbone: { w: checkpoint.optState[1][0].mu.encoder.w, b: new Float32Array(2) },
      head: checkpoint.optState[1][0].mu.head,
      extra: new Float32Array(1),
    });
    resumed.applyGradients(next());
    expect(resumed.optState[1][0].count).toBe(2);
  });

  it("may be renamed by a function, which may drop leaves", () => {
    const carried = carryOver(checkpoint, {
      params: next(),
      tx,
      rename: (path) => (path === "head" ? null : path.replace("encoder", "backbone")),
    });
    expect(carried.kept.slice(0, 2)).toEqual(["params.backbone.w", "optState[1][0].count"]);
  });

  it("that did not change keep everything", () => {
    const carried = carryOver(checkpoint, { params: old, tx });
    expect([carried.fresh, carried.dropped]).toEqual([[], []]);
    expect({ ...carried }).toEqual(train.snapshot());
  });

  it("are compared by the types of their elements, however these are written", () => {
    const w = { data: Float32Array.of(1, 2), shape: [2], dtype: "float32" };
    const snapshot = { params: { w }, optState: [], step: 1 };
    const carried = carryOver(snapshot, { params: { w: new Float32Array(2) }, tx: gl.identity() });
    expect([carried.kept, carried.params]).toEqual([["params.w"], { w: Float32Array.of(1, 2) }]);
  });

  it("may exchange their names", () => {
    const two = { a: Float32Array.of(1), b: Float32Array.of(2) };
    const state = gl.TrainState.create({ params: two, tx: gl.sgd(1, { momentum: 0.9 }) });
    state.applyGradients({ a: Float32Array.of(10), b: Float32Array.of(20) });
    const carried = carryOver(load(save(state)), {
      params: two,
      tx: gl.sgd(1, { momentum: 0.9 }),
      rename: { a: "b", b: "a" },
    });
    expect(carried.params).toEqual({ a: Float32Array.of(-18), b: Float32Array.of(-9) });
    expect((carried.optState[0] as { trace: unknown }).trace).toEqual({
      a: Float32Array.of(20),
      b: Float32Array.of(10),
    });
  });

  it("make the state of another optimizer fresh, but for what fits", () => {
    const carried = carryOver(checkpoint, {
      params: old,
      tx: gl.chain(gl.clipByGlobalNorm(1), gl.adamw(0.1, { muDtype: "bfloat16" })),
    });
    expect(carried.fresh.every((path) => path.includes(".mu."))).toBe(true);
    expect(carried.kept).toContain("optState[1][0].nu.head");
  });

  it("reset numbers that belong to a leaf of another shape, but no counts", () => {
    const cocob = gl.contrib.dog(1);
    const state = gl.TrainState.create({
      params: { w: Float32Array.of(1), count: Float32Array.of(1) },
      tx: cocob,
    });
    state.applyGradients({ w: Float32Array.of(1), count: Float32Array.of(1) });
    const carried = carryOver(load(save(state)), {
      params: { w: new Float32Array(2), count: Float32Array.of(1) },
      tx: cocob,
    });
    expect(() => gl.TrainState.create({ ...carried, tx: cocob })).not.toThrow();
    expect(carried.kept).toContain("params.count");
  });

  it.each<[string, () => unknown, string, string]>([
    [
      "a part that the checkpoint has not",
      () => carryOver(checkpoint, { params: next(), tx, rename: { encodr: "backbone" } }),
      "INVALID_HYPERPARAMETER",
      'carryOver.rename["encodr"]',
    ],
    [
      "two leaves of one path",
      () => carryOver(checkpoint, { params: next(), tx, rename: { head: "gone" } }),
      "INVALID_HYPERPARAMETER",
      "carryOver.rename.gone",
    ],
    [
      "a rename of no kind",
      () => carryOver(checkpoint, { params: next(), tx, rename: 7 as never }),
      "INVALID_HYPERPARAMETER",
      "carryOver.rename",
    ],
    [
      "a function that returns no path",
      () => carryOver(checkpoint, { params: next(), tx, rename: () => 7 as never }),
      "INVALID_HYPERPARAMETER",
      "carryOver.rename.encoder.w",
    ],
    [
      "a promise of a checkpoint",
      () => carryOver(Promise.resolve(checkpoint) as never, { params: next(), tx }),
      "INVALID_STATE",
      "carryOver.checkpoint",
    ],
    [
      "parameters in place of a checkpoint",
      () => carryOver(old as never, { params: next(), tx }),
      "INVALID_STATE",
      "carryOver.checkpoint",
    ],
    ["no parameters", () => carryOver(checkpoint, { tx } as never), "INVALID_TREE", "carryOver.params"],
    [
      "no optimizer",
      () => carryOver(checkpoint, { params: next() } as never),
      "INVALID_HYPERPARAMETER",
      "carryOver.tx",
    ],
  ])("%s is refused", (_, body, code, path) => expectRefusal(body, { code, path }));
});
