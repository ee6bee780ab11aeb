/** Undefined is a value that was forgotten: it is refused wherever a tree is expected. Null is a node without leaves. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { expectRefusal } from "./refusal.ts";

const good = () => ({ w: new Float32Array([1, 2, 3]), list: [new Float32Array([4])], none: null });
const optimizer = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(0.1));

describe(`undefined on ${engineName}`, () => {
  it("in parameters, a state or the trees of a function", () => {
    const bad = { ...good(), none: undefined } as AnyTree;
    const refused = (root: string) => ({ code: "INVALID_TREE", path: `${root}.none` });
    expectRefusal(() => optimizer().init(bad), refused("params"));
    expectRefusal(() => gl.TrainState.create({ params: bad, tx: optimizer() }), refused("params"));
    expectRefusal(() => gl.globalNorm(bad), { code: "INVALID_TREE" });
    expectRefusal(() => gl.tree.add(good() as AnyTree, bad), refused("treeY"));
    expectRefusal(() => gl.projections.projectionNonNegative(bad), refused("tree"));
    expectRefusal(() => gl.incrementalUpdate(bad, good() as AnyTree, 0.5), { code: "INVALID_TREE" });
    const tx = gl.trace(0.9);
    expectRefusal(() => tx.update(good(), { trace: bad }, good()), refused("state.trace"));
  });

  it("in place of gradients: only a call without arguments uses train.grads", () => {
    const [train, expected] = [1, 2].map(
      () => gl.TrainState.create({ params: good(), tx: gl.adam(0.1) }) as AnyTree,
    );
    train.applyGradients(good());
    expected.applyGradients(good());
    const refused = { code: "INVALID_TREE", path: "grads" };
    for (const given of [[undefined], [undefined, { value: 1 }]]) {
      expectRefusal(
        () => train.applyGradients(...given),
        refused,
        () => train.params,
        () => train.optState,
      );
    }
    expect(train.step).toBe(1);
    expectRefusal(() => gl.adam(0.1).update(undefined, train.optState), { ...refused, path: "updates" });
    train.applyGradients();
    expected.applyGradients(good());
    train.applyGradients(train.grads, { value: 1 });
    expected.applyGradients(good());
    expect(train.snapshot()).toEqual(expected.snapshot());
  });

  it("in place of gradients of an asynchronous step", async () => {
    const train = gl.TrainState.create({ params: good(), tx: gl.adam(0.1) }) as AnyTree;
    await expect(train.applyGradientsAsync(undefined)).rejects.toMatchObject({
      code: "INVALID_TREE",
      path: "grads",
    });
    await train.applyGradientsAsync();
    expect(train.step).toBe(1);
  });
});
