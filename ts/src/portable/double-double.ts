/**
 * A number as the sum of two doubles, the second one smaller than the last bit of the first: about 106 bits. Its arithmetic uses sums,
 * products and quotients alone, which are the same in every engine of JavaScript.
 */
export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

/** Returns the upper half of a number's bits: products of halves are exact. Veltkamp's splitting. */
export const upperHalf = (x: number): number => {
  const spread = 134217729 * x; // 2^27 + 1
  return spread - (spread - x);
};

/** Returns a double as a sum of two. */
export const widen = (high: number): DoubleDouble => ({ high, low: 0 });

/** Returns the sum of two doubles of which the first is the larger one. */
const normalize = (a: number, b: number): DoubleDouble => {
  const high = a + b;
  return { high, low: b - (high - a) };
};

/** Returns the sum of two doubles, exactly. */
export const sum = (a: number, b: number): DoubleDouble => {
  const high = a + b;
  const part = high - a;
  return { high, low: a - (high - part) + (b - part) };
};

/** Returns the product of two doubles, exactly. */
export const product = (a: number, b: number): DoubleDouble => {
  const high = a * b;
  const [a1, b1] = [upperHalf(a), upperHalf(b)];
  const [a2, b2] = [a - a1, b - b1];
  return { high, low: a2 * b2 - (high - a1 * b1 - a2 * b1 - a1 * b2) };
};

export const add = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const { high, low } = sum(a.high, b.high);
  return normalize(high, low + a.low + b.low);
};

export const multiply = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const { high, low } = product(a.high, b.high);
  return normalize(high, low + (a.high * b.low + a.low * b.high));
};

export const divide = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const quotient = a.high / b.high;
  const { high, low } = product(quotient, b.high);
  return normalize(quotient, (a.high - high - low + a.low - quotient * b.low) / b.high);
};
