import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/browser.ts";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { adversarial } from "../tfjs/programs/adversarial.ts";

await gl.init();

describe("on the backend webgl of TensorFlow.js, whose memory nobody else reaches", () => {
  it("steps copy, and the optimizer says so", async () => {
    expect(await tf.setBackend("webgl")).toBe(true);
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
    const optimizer = toTfOptimizer(gl.sgd(0.25));
    optimizer.minimize(() => tf.sum(tf.square(variable)));
    expect(optimizer.memory).toEqual({ backend: "webgl", params: "copied", grads: "copied" });
    expect([...(await variable.data())]).toEqual([0.5, -1]);
    optimizer.dispose();
    variable.dispose();
  });

  it("two models with trainable parts in turn have the losses of the backend cpu", async () => {
    const losses = async (backend: string): Promise<number[]> => {
      expect(await tf.setBackend(backend)).toBe(true);
      const { numTensors } = tf.memory();
      const found = await adversarial(() => toTfOptimizer(gl.adam(0.01)));
      expect(tf.memory().numTensors).toBe(numTensors);
      return found;
    };
    const expected = await losses("cpu");
    const got = await losses("webgl");
    // The functions of WebGL's shaders are right to about 1e-6.
    got.forEach((loss, step) => {
      expect(Math.abs(loss / (expected[step] as number) - 1)).toBeLessThan(1e-4);
    });
  });
});
