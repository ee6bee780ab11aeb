import { describe, expect, it } from "vitest";
import type { AnyTree } from "../../../tests/conformance/trees.ts";
import { gl } from "../../../tests/engine.ts";

const array = () => new Float32Array([1]);
const params = () => ({ encoder: { kernel: array(), bias: array() }, head: { kernel: array() } });

/** Returns a function that labels leaf by leaf: "freeze" where the path starts with a text, else "train". */
const labels =
  (start: string) =>
  (tree: object): AnyTree => {
    const frozen = gl.pathMask((path) => path.startsWith(start), { allowNone: true })(tree);
    return gl.traverse.pathAwareMap((_, hidden) => (hidden ? "freeze" : "train"), frozen as object);
  };

const transforms = () => ({ train: gl.sgd(0.1), freeze: gl.setToZero() });

describe.each(["partition", "multiTransform"] as const)("labels of %s by a function", (name) => {
  it("are refused where they use a transformation nowhere", () => {
    const tx = gl[name](transforms(), labels("encodr"));
    const refusal = expect.objectContaining({
      code: "UNKNOWN_LABEL",
      path: `${name}.transforms.freeze`,
      remedy: expect.stringMatching(
        /^The nearest paths are .*head\.kernel.* Pass \{ allowUnused: true \} to allow that\.$/,
      ),
    });
    expect(() => tx.init(params())).toThrowError(refusal);
    expect(() => gl.TrainState.create({ params: params(), tx })).toThrowError(refusal);
  });

  it("may leave one unused where told so, where they are a prefix, and where parts of the tree are null or masked", () => {
    const step = (tx: AnyTree, tree: AnyTree) => tx.update(tree, tx.init(tree), tree)[0];
    const allowed = gl[name](transforms(), labels("encodr"), { allowUnused: true });
    expect(step(allowed, params()).encoder.bias[0]).toBeCloseTo(-0.1);
    const prefix = gl[name](transforms(), () => ({ encoder: "train", head: "train" }));
    expect(step(prefix, params()).head.kernel[0]).toBeCloseTo(-0.1);
    const tx = gl[name](transforms(), labels("encoder"));
    const state = tx.init(params());
    const [updates] = tx.update(
      { encoder: { kernel: null, bias: null }, head: { kernel: array() } } as AnyTree,
      state,
    );
    expect(updates.head.kernel[0]).toBeCloseTo(-0.1);
  });

  it("name the nearest label where one has no transformation", () => {
    const tx = gl[name](transforms(), { encoder: "frezee", head: "train" } as AnyTree);
    expect(() => tx.init(params())).toThrowError(
      expect.objectContaining({
        code: "UNKNOWN_LABEL",
        path: "params.encoder.bias",
        remedy: "Do you mean freeze? The labels are train, freeze.",
      }),
    );
  });
});

describe("a mask", () => {
  it("lets the raw gradient of hidden leaves through; freeze, selectiveTransform and partition keep leaves as they are", () => {
    const kernels = gl.pathMask(/kernel$/);
    const biases = gl.pathMask(/bias$/);
    const adam = () => gl.adam(0.1);
    const biasAfterStep = (tx: AnyTree): number => {
      const train = gl.TrainState.create({ params: params(), tx });
      train.applyGradients({ ...params(), encoder: { kernel: array(), bias: Float32Array.of(3) } });
      expect(train.params.encoder.kernel[0]).toBeCloseTo(0.9);
      return train.params.encoder.bias[0] as number;
    };
    expect(biasAfterStep(gl.masked(adam(), kernels))).toBe(4);
    expect(biasAfterStep(gl.chain(gl.masked(adam(), kernels), gl.freeze(biases)))).toBe(1);
    expect(biasAfterStep(gl.selectiveTransform(adam(), biases))).toBe(1);
    const labelled = { encoder: { kernel: "train", bias: "freeze" }, head: "train" };
    expect(biasAfterStep(gl.partition({ train: adam(), freeze: gl.setToZero() }, labelled as AnyTree))).toBe(
      1,
    );
  });

  it("by a pattern that matches nothing is refused wherever masks are taken", () => {
    const mistyped = gl.pathMask(/kernal$/);
    const refusal = expect.objectContaining({
      code: "INVALID_MASK",
      path: "pathMask.pattern",
      remedy: expect.stringContaining("encoder.kernel, head.kernel"),
    });
    for (const tx of [
      gl.adamw(0.1, { mask: mistyped }),
      gl.masked(gl.sgd(0.1), mistyped),
      gl.freeze(mistyped),
      gl.selectiveTransform(gl.sgd(0.1), mistyped),
      gl.addDecayedWeights({ weightDecay: 0.1, mask: mistyped }),
      gl.lars(0.1, { trustRatioMask: mistyped }),
    ]) {
      expect(() => tx.init(params())).toThrowError(refusal);
      expect(() => gl.TrainState.create({ params: params(), tx })).toThrowError(refusal);
    }
  });

  it("with a mistyped key names the nearest one", () => {
    const tx = gl.masked(gl.sgd(0.1), { encodr: true, head: true });
    expect(() => tx.init(params())).toThrowError(
      expect.objectContaining({
        code: "INVALID_MASK",
        path: "masked.mask.encodr",
        remedy: expect.stringMatching(/^Do you mean encoder\? /),
      }),
    );
  });

  it("that chooses by path sees the paths that errors name", () => {
    const tree = { layers: [{ kernel: array() }, { kernel: array() }] };
    const tx = gl.masked(
      gl.scale(2),
      gl.pathMask((path) => path === "layers[1].kernel"),
    );
    const wrong = { layers: [{ kernel: array() }, { kernel: new Float32Array(2) }] };
    const train = gl.TrainState.create({ params: tree, tx });
    expect(() => train.applyGradients(wrong)).toThrowError(
      expect.objectContaining({ path: "grads.layers[1].kernel" }),
    );
  });
});
