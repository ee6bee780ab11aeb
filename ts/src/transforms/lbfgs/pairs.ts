import type { ElementArray } from "../../pytree/dtype.ts";

/** Reads double-precision numbers from a buffer of floats: each is stored as a sum of two, first all heads, then all tails. */
export const readPairs = (buffer: ElementArray): Float64Array => {
  const n = buffer.length / 2;
  return Float64Array.from({ length: n }, (_, i) => (buffer[i] as number) + (buffer[n + i] as number));
};

/** Writes double-precision numbers into such a buffer. */
export const writePairs = (buffer: ElementArray, numbers: Float64Array): void => {
  const n = numbers.length;
  numbers.forEach((number, i) => {
    buffer[i] = number;
    buffer[n + i] = number - (buffer[i] as number);
  });
};
