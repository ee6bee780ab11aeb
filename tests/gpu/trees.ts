/** Trees of numbers that look random and are the same in every run. */
const numbers = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37 + seed) * Math.cos(i * 0.011 * seed));

/** Larger than a block of 1024, smaller than one, a matrix, a single number and nothing. */
export const tree = (seed: number) => ({
  dense: { kernel: { data: numbers(33 * 70, seed), shape: [33, 70] }, bias: numbers(70, seed + 1) },
  scale: { data: numbers(1, seed + 2), shape: [] as number[] },
  none: new Float32Array(0),
  long: numbers(5000, seed + 3),
});

export type Tree = ReturnType<typeof tree>;

/** The arrays of a tree in one order. */
export const arraysOf = ({ dense, scale, none, long }: Tree): Float32Array[] => [
  dense.kernel.data,
  dense.bias,
  scale.data,
  none,
  long,
];

/** The gradients of some steps. */
export const gradients = (steps: number): Tree[] => Array.from({ length: steps }, (_, i) => tree(10 + i));
