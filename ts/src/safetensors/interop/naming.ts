/**
 * The names and axes of parameters in another library, as functions of the keys of a parameter in its tree: `["dense1", "kernel"]`.
 * What belongs to a parameter, such as its moments, is transposed as the parameter itself.
 */
export interface Naming {
  /** Returns the name of a parameter there; by default its keys with the library's separator between them. */
  readonly name?: (keys: readonly string[]) => string;
  /** Returns for each axis there the axis here, as `transpose` of NumPy takes them; undefined where axes are in the same order. */
  readonly axes?: (keys: readonly string[], shape: readonly number[]) => readonly number[] | undefined;
}

const WEIGHTS: ReadonlySet<string | undefined> = new Set(["kernel", "scale", "embedding"]);

/** Joins keys by dots, with `weight` in place of Flax's names for weights. */
const weightName = (keys: readonly string[]): string =>
  keys.map((key, i) => (i === keys.length - 1 && WEIGHTS.has(key) ? "weight" : key)).join(".");

const isKernel = (keys: readonly string[], shape: readonly number[]): boolean =>
  keys.at(-1) === "kernel" && shape.length > 1;

/** Returns the numbers from 0 to n - 1. */
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * PyTorch's names and axes for kernels of Flax and Keras: `dense1.kernel` is `dense1.weight`, [in, out] becomes [out, in], and HWIO becomes
 * OIHW. For an embedding and a norm's scale the name alone changes. Kernels of transposed convolutions need functions of your own.
 *
 * @example
 * import { torchKernels } from "gradloom/safetensors";
 * console.log(torchKernels.name(["conv", "kernel"])); // conv.weight
 * console.log(torchKernels.axes(["conv", "kernel"], [3, 3, 1, 8])); // [ 3, 2, 0, 1 ]
 */
export const torchKernels: Required<Naming> = {
  name: weightName,
  axes: (keys, shape) =>
    isKernel(keys, shape) ? [shape.length - 1, shape.length - 2, ...range(shape.length - 2)] : undefined,
};

/**
 * MLX's names and axes for kernels of Flax and Keras: `dense1.kernel` is `dense1.weight`, [in, out] becomes [out, in], and HWIO becomes OHWI.
 *
 * @example
 * import { mlxKernels } from "gradloom/safetensors";
 * console.log(mlxKernels.axes(["conv", "kernel"], [3, 3, 1, 8])); // [ 3, 0, 1, 2 ]
 */
export const mlxKernels: Required<Naming> = {
  name: weightName,
  axes: (keys, shape) => (isKernel(keys, shape) ? [shape.length - 1, ...range(shape.length - 1)] : undefined),
};
