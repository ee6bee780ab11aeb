/** Splits a number into two halves whose products with other halves are exact: Veltkamp's. */
const upperHalf = (x: number): number => {
  const spread = 134217729 * x; // 2^27 + 1
  return spread - (spread - x);
};

/** Returns what the rounded product of two numbers lacks: Dekker's. */
const lost = (a: number, b: number, product: number): number => {
  const [a1, b1] = [upperHalf(a), upperHalf(b)];
  const [a2, b2] = [a - a1, b - b1];
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
};

/**
 * Returns a decay rate to the power of a number of steps. Each number is held as a sum of two, so that the result is right to the last bit or next
 * to it; and it has the same bits everywhere, which `**` has not: engines of JavaScript differ in its last bits.
 *
 * @param base - in [0, 1]
 * @param exponent - a whole number, at least 0
 */
export const wholePower = (base: number, exponent: number): number => {
  if (!Number.isSafeInteger(exponent) || exponent < 0) return base ** exponent; // A count that a caller has set.
  let [result, rest] = [1, 0];
  let [square, squareRest] = [base, 0];
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      const product = result * square;
      rest = lost(result, square, product) + (result * squareRest + rest * square);
      result = product;
    }
    const product = square * square;
    squareRest = lost(square, square, product) + 2 * square * squareRest;
    square = product;
  }
  return result + rest;
};
