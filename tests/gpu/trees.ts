/** Returns pseudo-random numbers, the same in every run. */
const numbers = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37 + seed) * Math.cos(i * 0.011 * seed));

/** Makes a tree with leaves larger than a block of 1024 and smaller than one, a matrix, one element and none. */
export const tree = (seed: number) => ({
  dense: { kernel: { data: numbers(33 * 70, seed), shape: [33, 70] }, bias: numbers(70, seed + 1) },
  scale: { data: numbers(1, seed + 2), shape: [] as number[] },
  none: new Float32Array(0),
  long: numbers(5000, seed + 3),
});

export type Tree = ReturnType<typeof tree>;

/** Lists the arrays of a tree, always in the same order. */
export const arraysOf = ({ dense, scale, none, long }: Tree): Float32Array[] => [
  dense.kernel.data,
  dense.bias,
  scale.data,
  none,
  long,
];

/** Makes the gradients of some steps. */
export const gradients = (steps: number): Tree[] => Array.from({ length: steps }, (_, i) => tree(10 + i));
