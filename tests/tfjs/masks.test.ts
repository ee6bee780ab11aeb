import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { byLayer, toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { tf, useBackend } from "./backends.ts";
import { trainFor, twoLayers, weightsOf } from "./models.ts";

const loss = "meanSquaredError";

beforeAll(() => useBackend("cpu"));
afterEach(() => tf.disposeVariables());

/** Trains a model for an epoch; returns which of its weights moved: kernel and bias of `hidden`, then of `out`. */
const moved = async (model: tf.LayersModel, tx: gl.GradientTransformation) => {
  model.compile({ optimizer: toTfOptimizer(tx), loss });
  const before = weightsOf(model).map(String);
  await trainFor(model, 1);
  return weightsOf(model).map((weight, i) => String(weight) !== before[i]);
};

it("masks speak of the names of variables, whatever number layers append", async () => {
  for (let i = 0; i < 2; i++) {
    expect(await moved(twoLayers(), gl.selectiveTransform(gl.sgd(0.1), gl.pathMask(/kernel$/)))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(await moved(twoLayers(), gl.selectiveTransform(gl.sgd(0.1), gl.pathMask(/^hidden\./)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(
      await moved(
        twoLayers(),
        gl.selectiveTransform(gl.sgd(0.1), { hidden: { kernel: false, bias: true }, out: true }),
      ),
    ).toEqual([true, false, false, false]);
    expect(
      await moved(
        twoLayers(),
        gl.partition({ learns: gl.adam(0.1), frozen: gl.setToZero() }, { hidden: "frozen", out: "learns" }),
      ),
    ).toEqual([false, false, true, true]);
  }
});

it("masks and labels speak of layers", async () => {
  const model = twoLayers();
  const mask = byLayer(model, ({ name }, weight) => name === "hidden" && weight === "kernel");
  expect(await moved(model, gl.selectiveTransform(gl.sgd(0.1), mask))).toEqual([false, true, true, true]);
  const labels = byLayer(model, (layer) => (layer === model.layers[1] ? "learns" : "frozen"));
  expect(await moved(model, gl.partition({ learns: gl.adam(0.1), frozen: gl.setToZero() }, labels))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

it("asks for the layers of models inside a model", async () => {
  const model = tf.sequential({ layers: [twoLayers(), tf.layers.dense({ name: "head", units: 1 })] });
  const names = new Set<string>();
  const mask = byLayer(model, ({ name }) => {
    names.add(name);
    return name === "head";
  });
  expect(await moved(model, gl.selectiveTransform(gl.sgd(0.1), mask))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect([...names]).toEqual(["hidden", "out", "head"]);
});

it("refuses layers of another model, and other parameters", async () => {
  const mask = byLayer(twoLayers(), () => true);
  const model = twoLayers();
  await expect(moved(model, gl.masked(gl.sgd(0.1), mask))).rejects.toThrow(
    /hidden\/kernel_\d+: this variable is of no layer/,
  );
  expect(() => gl.masked(gl.sgd(0.1), mask).init({ w: new Float32Array(1) })).toThrow(
    /Use it in a transformation for toTfOptimizer/,
  );
  expect(() => byLayer([] as never, () => true)).toThrow(/byLayer.model: expected a model/);
});

describe("trees of variables", () => {
  it("have a leaf for each variable, whatever the names", () => {
    const names = ["a/b", "a", "a/b/c", "12", "__proto__/x", "a//", "x/y_1", "x/y_2", "z/k_7"];
    const paths: string[] = [];
    const seen = gl.pathMask((path) => {
      paths.push(path);
      return true;
    });
    const variables = names.map((name) => tf.variable(tf.scalar(2), true, name));
    toTfOptimizer(gl.chain(gl.masked(gl.identity(), seen), gl.sgd(0.25))).minimize(
      () => tf.addN(variables.map((variable) => tf.square(variable))) as tf.Scalar,
    );
    expect(variables.map((variable) => variable.dataSync()[0])).toEqual(names.map(() => 1));
    expect(new Set(paths)).toEqual(
      new Set([
        "a",
        '["a/b"]',
        '["a/b/c"]',
        '["a//"]',
        "12",
        "__proto__.x",

        "x.y_1",
        "x.y_2",
        "z.k",
      ]),
    );
  });
});
