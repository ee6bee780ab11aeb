import type { ElementArray } from "../../pytree/dtype.ts";

/** The floats that hold a number in double precision: it is (head + tail) * 2^exponent, so that none of them overflows. */
export const PARTS = 3;

/** The largest exponent in magnitude: 2^exponent and its inverse are normal numbers. */
const MOST = 1022;

/** Reads numbers in double precision from a buffer: first all heads, then all tails, then all exponents. */
export const readParts = (buffer: ElementArray): Float64Array => {
  const n = buffer.length / PARTS;
  const part = (i: number, which: number): number => buffer[which * n + i] as number;
  return Float64Array.from({ length: n }, (_, i) => (part(i, 0) + part(i, 1)) * 2 ** part(i, 2));
};

/** Writes numbers in double precision into such a buffer. */
export const writeParts = (buffer: ElementArray, numbers: Float64Array): void => {
  const n = numbers.length;
  numbers.forEach((number, i) => {
    const size = Math.floor(Math.log2(Math.abs(number)));
    const exponent = Number.isFinite(size) ? Math.min(Math.max(size, -MOST), MOST) : 0;
    const scaled = number * 2 ** -exponent;
    buffer[i] = scaled;
    buffer[n + i] = scaled - (buffer[i] as number);
    buffer[2 * n + i] = exponent;
  });
};
