/** What a training state on a device shows is frozen, and only a call without arguments uses the last gradients. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { engine, gl, gpuName } from "./engine.ts";

const tree = () => ({ w: new Float32Array([1, 2]), k: gl.tensor(new Float32Array(6), [2, 3]) });
const create = async (tx: gl.GradientTransformation): Promise<AnyTree> =>
  await gl.TrainState.create({ params: tree(), tx, engine });

describe(`a training state on ${gpuName}`, () => {
  it("has a frozen state, in which numbers that no schedule computes can be set", async () => {
    const train = await create(gl.injectHyperparams(gl.adam)(gl.linearSchedule(0.1, 0, 10)));
    const { hyperparams, innerState } = train.optState;
    const refused: (() => unknown)[] = [
      () => Object.assign(train.optState, { innerState: [] }),
      () => Object.assign(innerState[0].mu, tree()),
      () => Object.assign(innerState[0].mu.k.shape, [3, 2]),
    ];
    for (const set of refused) expect(set).toThrow(TypeError);
    expect(() => Object.assign(hyperparams, { learningRate: 1 })).toThrow(
      expect.objectContaining({ code: "INVALID_STATE", path: "optState.hyperparams.learningRate" }),
    );
    hyperparams.b1 = 0.5;
    await train.applyGradients(tree());
    expect((await train.snapshot()).optState.innerState[0].mu.w[1]).toBe(1);
    for (const name of ["params", "grads"]) {
      if (name in train) expect(() => Object.assign(train[name], tree())).toThrow(TypeError);
    }
    train.dispose();
  });

  it("takes no step with gradients that are undefined", async () => {
    const train = await create(gl.adam(0.1));
    await train.applyGradients(tree());
    const before = await train.snapshot();
    for (const given of [
      [undefined],
      [undefined, { value: 1 }],
      [{ w: new Float32Array(2), k: undefined }],
    ]) {
      await expect(train.applyGradients(...given)).rejects.toMatchObject({ code: "INVALID_TREE" });
    }
    if ("record" in train) {
      expect(() => train.record({}, undefined)).toThrow(expect.objectContaining({ code: "INVALID_TREE" }));
    }
    expect(await train.snapshot()).toEqual(before);
    await train.applyGradients();
    expect(train.step).toBe(2);
    train.dispose();
  });
});
