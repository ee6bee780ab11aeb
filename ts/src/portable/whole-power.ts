import { product, upperHalf } from "./double-double.ts";

/** The most bits of an exponent: counts stop before 2^31. */
const BITS = 32;
/** The most rates whose squares are kept. */
const MOST_RATES = 16;

/** The squares of a rate, the squares of these, and so on: three numbers each, of which the first two are summands, the third an upper half. */
const known = new Map<number, Float64Array>();

const squaresOf = (base: number): Float64Array => {
  const found = known.get(base);
  if (found) return found;
  if (known.size === MOST_RATES) known.clear();
  const squares = new Float64Array(3 * BITS);
  for (let [i, square, rest] = [0, base, 0]; i < squares.length; i += 3) {
    squares.set([square, rest, upperHalf(square)], i);
    const { high, low } = product(square, square);
    rest = low + 2 * square * rest;
    square = high;
  }
  known.set(base, squares);
  return squares;
};

/**
 * Returns a decay rate to the power of a number of steps. Each number is held as a sum of two, so that the result is right to the last bit or next
 * to it; and it has the same bits everywhere, which `**` has not: engines of JavaScript differ in its last bits.
 *
 * @param base - in [0, 1]
 * @param exponent - a whole number, at least 0
 */
export const wholePower = (base: number, exponent: number): number => {
  if (exponent >>> 0 !== exponent) return base ** exponent; // A count that a caller has set.
  const squares = squaresOf(base);
  let result = 1;
  let rest = 0;
  for (let left = exponent, i = 0; left > 0; left >>>= 1, i += 3) {
    if ((left & 1) === 0) continue;
    const square = squares[i] as number;
    const upper = upperHalf(result);
    const lower = result - upper;
    const squareUpper = squares[i + 2] as number;
    const squareLower = square - squareUpper;
    const product = result * square;
    const lost =
      lower * squareLower - (product - upper * squareUpper - lower * squareUpper - upper * squareLower);
    rest = lost + (result * (squares[i + 1] as number) + rest * square);
    result = product;
  }
  return result + rest;
};
