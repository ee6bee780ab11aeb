import type * as tf from "@tensorflow/tfjs";

/** Makes a fresh optimizer; a program with two models needs two. */
export type NewOptimizer = () => tf.Optimizer;

/** A training loop from start to end. Returns the losses, one per step, and leaves no tensor behind. */
export type Program = (newOptimizer: NewOptimizer) => Promise<number[]>;

/** Returns the number in a tensor of one element and disposes of the tensor. */
export const takeNumber = async (tensor: tf.Tensor): Promise<number> => {
  const [value] = await tensor.data();
  tensor.dispose();
  return value as number;
};

/** Makes a generator of numbers in [0, 1), the same everywhere. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};
