import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

const refusal = (path: string, text: RegExp) =>
  expect.objectContaining({ code: "INVALID_TREE", path, message: expect.stringMatching(text) });

class Tensor {
  shape = [2];
  dataSync = () => new Float32Array(2);
}
class OrtTensor {
  dims = [2];
  data = new Float32Array(2);
}
class Layer {
  kernel = new Float32Array(2);
}

/** What stands in place of a leaf, and the end of the path and the text of the one error. */
const MISTAKEN: [name: string, value: unknown, text: RegExp, below?: string][] = [
  [
    "a plain array of numbers",
    [0.1, 0.2],
    /array of 2 numbers is not a leaf.*Float32Array\.from\(…\).*gl\.tensor/,
  ],
  [
    "a nested one",
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    /array of 6 numbers.*gl\.tensor\(Float32Array\.from\(…\.flat\(1\)\), \[2, 3\]\)/,
  ],
  ["one of three levels", [[[1]], [[2]]], /\.flat\(2\)\), \[2, 1, 1\]/],
  [
    "a typed array after JSON",
    JSON.parse(JSON.stringify(Float32Array.of(1, 2))),
    /Float32Array\.from\(Object\.values\(…\)\)/,
  ],
  [
    "a tensor after JSON",
    JSON.parse(JSON.stringify(gl.tensor(Float32Array.of(1, 2), [1, 2]))),
    /gl\.tensor\(Float32Array\.from\(Object\.values\(….data\)\), ….shape\)/,
  ],
  [
    "a tensor of a plain array",
    { data: [1, 2], shape: [2] },
    /data of this array with a shape are no typed array/,
  ],
  [
    "a tf.Tensor or np.Array",
    new Tensor(),
    /a Tensor is not a leaf\. Convert it: gl\.tensor\(x\.dataSync\(\), x\.shape\)/,
  ],
  [
    "a tensor of ONNX",
    new OrtTensor(),
    /an OrtTensor is not a leaf\. Convert it: gl\.tensor\(x\.data, x\.dims\)/,
  ],
  [
    "a Map",
    new Map([["a", new Float32Array(1)]]),
    /a Map is not a leaf\. Convert it: Object\.fromEntries\(x\)/,
  ],
  ["a Set", new Set([new Float32Array(1)]), /a Set is not a leaf\. Convert it: \[\.\.\.x\]/],
  ["a promise", Promise.resolve(new Float32Array(1)), /a Promise is not a leaf\. Wait for it: await x/],
  ["an ArrayBuffer", new ArrayBuffer(8), /an ArrayBuffer is not a leaf\. Convert it: new Float32Array\(x\)/],
  ["an instance of a class", new Layer(), /a Layer is not a leaf\. Pass a plain object with its arrays/],
  ["a number", 3, /the number 3 is not a leaf\. Wrap it: new Float32Array\(\[3\]\)/],
  ["a boolean", true, /true is not a leaf\. Wrap it: Uint8Array\.of\(1\)/],
  ["a text", "w", /a string is not a leaf/],
  ["a list of a number and an array", [0.1, new Float32Array(1)], /the number 0.1 is not a leaf/, "[0]"],
];

describe(`what is no leaf, on ${engineName}`, () => {
  const good = () => ({ net: { w: Float32Array.of(1, 2) } });
  for (const [name, value, text, below = ""] of MISTAKEN) {
    it(`${name} gives one error with the way to convert it`, () => {
      const bad = { net: { w: value } };
      const train = gl.TrainState.create({ params: good(), tx: gl.sgd(1) });
      const calls: [root: string, call: () => unknown][] = [
        ["params", () => gl.TrainState.create({ params: bad, tx: gl.sgd(1) })],
        ["params", () => gl.adam(1).init(bad)],
        ["updates", () => gl.sgd(1).update(bad, gl.sgd(1).init(good()) as never)],
        ["tree", () => gl.tree.scale(2, bad)],
      ];
      for (const [root, call] of calls) expect(call).toThrow(refusal(`${root}.net.w${below}`, text));
      if (below !== "") return;
      expect(() => gl.tree.add(bad, good() as never)).toThrow(refusal("treeX.net.w", text));
      expect(() => train.applyGradients(bad as never)).toThrow(refusal("grads.net.w", text));
      expect(() => gl.tree.add(good(), bad as never)).toThrow(refusal("treeY.net.w", text));
      expect(() => gl.applyUpdates(good(), bad as never)).toThrow(refusal("updates.net.w", text));
    });
  }

  it("in place of an array that is no tree it is refused too", () => {
    expect(() => gl.safeNorm([3, 4] as never, 0)).toThrow(refusal("x", /array of 2 numbers/));
    expect(() => gl.safeRootMeanSquares(3 as never, 0)).toThrow(refusal("x", /number 3/));
  });

  it("lists of leaves, and numbers where they are allowed, are taken as before", () => {
    const list = [Float32Array.of(1), Float32Array.of(2)];
    expect(gl.tree.scale(2, list)).toEqual([Float32Array.of(2), Float32Array.of(4)]);
    const layers = { 0: Float32Array.of(1), 1: Float32Array.of(2) };
    expect(gl.tree.scale(2, layers)).toEqual({ 0: Float32Array.of(2), 1: Float32Array.of(4) });
    expect([...new gl.traverse.TraverseTree().iterate({ b: [1, 2], a: 3 })]).toEqual([3, 1, 2]);
  });

  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable([2], {});
    revoke();
    return proxy;
  };
  it.each([
    ["negative sizes", [-1, -2]],
    ["a fraction", [0.5, 4]],
    ["NaN", [Number.NaN]],
    ["texts", ["2"]],
    ["holes", Object.assign(new Array(2), { 1: 2 })],
    ["a typed array", Int32Array.of(2)],
    ["floats", Float32Array.of(2)],
    ["a number", 2],
    ["a text", "2"],
    [
      "a proxy that throws",
      new Proxy([2], {
        get: () => {
          throw new Error("no");
        },
      }),
    ],
    ["a proxy that was revoked", revoked()],
    ["a wrong product", [3]],
  ])("{ data, shape } with a shape of %s is refused in a sentence", (_, shape) => {
    const bad: unknown = { w: { data: Float32Array.of(1, 2), shape } };
    const error = (path: string) =>
      expect.objectContaining({
        code: "SHAPE_MISMATCH",
        path,
        message: expect.stringMatching(
          /the shape is no list of whole numbers|does not fit an array of length 2/,
        ),
      });
    expect(() => gl.TrainState.create({ params: bad, tx: gl.sgd(1) })).toThrow(error("params.w"));
    expect(() => gl.adam(1).init(bad)).toThrow(error("params.w"));
    expect(() => gl.tree.scale(1, bad)).toThrow(error("tree.w"));
    const train = gl.TrainState.create({
      params: { w: gl.tensor(Float32Array.of(1, 2), [2]) },
      tx: gl.sgd(1),
    });
    expect(() => train.applyGradients(bad as never)).toThrow(
      expect.objectContaining({ code: "SHAPE_MISMATCH", path: "grads.w" }),
    );
    const half = { w: { data: Uint16Array.of(1, 2), shape, dtype: "bfloat16" } };
    expect(() => gl.tree.scale(1, half)).toThrow(error("tree.w"));
  });

  it("a shape behind a proxy, as reactive frameworks make them, is taken", () => {
    const w = { data: Float32Array.of(1, 2), shape: new Proxy([2, 1], {}) };
    expect(gl.scaleByAdam().init({ w }).mu.w.shape).toEqual([2, 1]);
  });
});
