import type * as Library from "../../ts/src/index.ts";
import { load, save } from "../../ts/src/safetensors/index.ts";

/** Returns numbers in [-0.5, 0.5) by arithmetic that is exact everywhere, unlike a sine. */
const numbers = (length: number, from: number): number[] =>
  Array.from({ length }, (_, i) => (((from + i) * 7919) % 10007) / 10007 - 0.5);

/** Parameters of several types, and their gradients at a step. */
const leaves = (from: number) => ({
  f32: Float32Array.from(numbers(3000, from)),
  f64: [Float64Array.from(numbers(5, from)), null],
});

const masked = { f32: false, f64: true };

/** The optimizers of the run: storage in half precision, keys of random numbers, schedules, masks and accumulated gradients. Schedules have cosines and fractional powers. */
const optimizers = (gl: typeof Library) => [
  gl.chain(
    gl.clipByGlobalNorm(1),
    gl.addNoise(0.01, 0.55, { key: gl.random.key(7) }),
    gl.adamw(gl.warmupCosineDecaySchedule(0.01, 0.1, 2, 20, { exponent: 1.5 }), { muDtype: "bfloat16" }),
  ),
  gl.injectHyperparams(gl.adam)(gl.exponentialDecay(0.1, 9, 0.3), { muDtype: "float16" }),
  gl.chain(gl.masked(gl.sgd(0.1, { momentum: 0.9 }), masked), new gl.MultiSteps(gl.lion(0.01), 2)),
];

/**
 * Takes a few steps with each optimizer from a checkpoint, or from the start.
 *
 * @param checkpoints - those of the last call, none at the start
 */
export const relay = (gl: typeof Library, steps: number, checkpoints?: readonly Uint8Array[]): Uint8Array[] =>
  optimizers(gl).map((tx: Library.GradientTransformation, i) => {
    const start = checkpoints ? load(checkpoints[i] as Uint8Array, { tx }) : { params: leaves(i) };
    const train = gl.TrainState.create({ ...start, tx });
    for (let step = 0; step < steps; step++) train.applyGradients(leaves(100 * i + train.step));
    return save(train);
  });
