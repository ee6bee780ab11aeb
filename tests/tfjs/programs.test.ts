import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { adversarial } from "./programs/adversarial.ts";
import { cartPole } from "./programs/cart-pole.ts";
import { convolution } from "./programs/convolution.ts";
import { perceptron } from "./programs/perceptron.ts";
import { polynomial } from "./programs/polynomial.ts";
import type { NewOptimizer, Program } from "./programs/program.ts";
import { record } from "./programs/recording.ts";
import { recurrent } from "./programs/recurrent.ts";

// One engine is enough: these programs are about TensorFlow.js.
gl.setEngine(gl.nativeEngine());

tf.enableProdMode(); // no advice to install another backend
await tf.setBackend("cpu");

/** A rule of TensorFlow.js, and the same rule of this library. */
interface Rule {
  readonly theirs: NewOptimizer;
  readonly ours: NewOptimizer;
  /** The largest relative difference of two losses. */
  readonly tolerance: number;
}

const rules: Record<string, Rule> = {
  // The same products and sums in single precision, in the same order: the same bits.
  sgd: { theirs: () => tf.train.sgd(0.1), ours: () => toTfOptimizer(gl.sgd(0.1)), tolerance: 0 },
  momentum: {
    theirs: () => tf.train.momentum(0.1, 0.9),
    ours: () => toTfOptimizer(gl.sgd(0.1, { momentum: 0.9 })),
    tolerance: 0,
  },
  // TensorFlow.js computes 1 - 0.999 ** step in single precision: 1.3e-5 too small in the first step, which is too short by half of that.
  adam: {
    theirs: () => tf.train.adam(0.01),
    ours: () => toTfOptimizer(gl.adam(0.01, { eps: 1e-7 })),
    tolerance: 3e-5,
  },
};

const programs: Record<string, { program: Program; learns: boolean }> = {
  "a perceptron by model.fit": { program: perceptron, learns: true },
  "a convolutional network by optimizer.minimize": { program: convolution, learns: true },
  "an LSTM": { program: recurrent, learns: true },
  "a generator and a discriminator, trainable in turn": { program: adversarial, learns: false },
  "a policy by applyGradients": { program: cartPole, learns: false },
  "a polynomial": { program: polynomial, learns: true },
};

describe("a program of TensorFlow.js has the same losses with this library's optimizer", () => {
  for (const [name, { program, learns }] of Object.entries(programs)) {
    for (const [rule, { theirs, ours, tolerance }] of Object.entries(rules)) {
      it(`${name}, ${rule}`, async () => {
        const { numTensors } = tf.memory();
        const losses = await program(ours);
        expect(tf.memory().numTensors).toBe(numTensors);
        const expected = await program(theirs);
        expect(losses.length).toBe(expected.length);
        const differences = losses.map((loss, step) => Math.abs(loss / (expected[step] as number) - 1));
        expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
        if (learns) expect(losses.at(-1)).toBeLessThan(losses[0] as number);
      });
    }
  }
});

describe("what TensorFlow.js does not have", () => {
  const steps = 12;
  const schedule = gl.warmupCosineDecaySchedule(0, 0.03, 3, steps);
  const decaying = gl.adamw(schedule, { weightDecay: 0.1, mask: gl.pathMask(/kernel$/) });
  const tx = gl.selectiveTransform(gl.chain(gl.clipByGlobalNorm(0.5), decaying), gl.pathMask(/^layer1/));

  it("clipped adamw with a schedule and a frozen layer: the bits of a TrainState", async () => {
    const optimizer = toTfOptimizer(tx);
    const recording = record(optimizer);
    const losses = await convolution(() => optimizer);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));

    const { start, grads, end } = recording;
    expect(end["layer1/kernel"]).toEqual(start["layer1/kernel"]);
    expect(end["layer2/kernel"]).not.toEqual(start["layer2/kernel"]);
    const unflattened = <T>(arrays: T) => gl.traverse.unflattenDict(arrays as never, { sep: "/" });
    const train = gl.TrainState.create({ params: unflattened(start), tx });
    for (const step of grads) train.applyGradients(unflattened(step));
    expect(grads.length).toBe(steps);
    expect(unflattened(end)).toEqual(train.params);
    train.dispose();
  });
});
