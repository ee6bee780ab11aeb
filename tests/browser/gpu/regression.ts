import * as gl from "../../../ts/src/entry/browser.ts";
import { flat } from "../../conformance/trees.ts";

await gl.init();

export { gl };

/** Returns pseudo-random numbers, the same everywhere. */
const waves = (length: number, seed: number, scale: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(seed + 12.9898 * i));

export const SAMPLES = 32;
export const INPUTS = 4;
const HIDDEN = 16;

export const inputs = waves(SAMPLES * INPUTS, 1, 1);
/** Computes the target of each sample from its first two inputs. */
const target = (of: (a: number, b: number) => number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: SAMPLES }, (_, i) =>
    of(inputs[i * INPUTS] as number, inputs[i * INPUTS + 1] as number),
  );
export const products = target((a, b) => a * b);
export const differences = target((a, b) => a - b);

export type Name = "w1" | "b1" | "w2" | "b2";
export const names: readonly Name[] = ["w1", "b1", "w2", "b2"];

/** Makes one value for each parameter of a perceptron with one hidden layer. */
export const perceptron = <T>(make: (name: Name) => T): Record<Name, T> => ({
  w1: make("w1"),
  b1: make("b1"),
  w2: make("w2"),
  b2: make("b2"),
});

export const shapes: Record<Name, number[]> = {
  w1: [INPUTS, HIDDEN],
  b1: [HIDDEN],
  w2: [HIDDEN, 1],
  b2: [1],
};

/** The parameters that training starts from. */
export const start: Record<Name, Float32Array<ArrayBuffer>> = {
  w1: waves(INPUTS * HIDDEN, 2, 0.5),
  b1: waves(HIDDEN, 3, 0.1),
  w2: waves(HIDDEN, 4, 0.5),
  b2: new Float32Array(1),
};

/** Makes the optimizer of all tests: a global norm, two moments, weight decay, and a learning rate that changes with each step. */
export const optimizer = () =>
  gl.chain(gl.clipByGlobalNorm(0.5), gl.adamw(gl.exponentialDecay(0.05, 10, 0.8), { weightDecay: 1e-3 }));

/** Repeats training with recorded gradients on the CPU engine of this page, and returns its parameters. */
export const replay = <P>(params: P, history: readonly P[]): number[] => {
  const train = gl.TrainState.create({ params, tx: optimizer() });
  try {
    for (const grads of history) train.applyGradients(grads);
    return flat(train.params);
  } finally {
    train.dispose();
  }
};
