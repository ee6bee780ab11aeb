import { type DoubleDouble, sum } from "./double-double.ts";
import { polynomial } from "./polynomial.ts";

const PI: DoubleDouble = { high: Math.PI, low: 1.2246467991473532e-16 };

/** Returns the coefficients of a series in x^2 whose terms are 1 / n! with alternating signs, the last one first. */
const alternating = (first: number): readonly number[] => {
  const coefficients: number[] = [];
  for (let [n, value] = [first, 1]; n <= first + 16; n += 2) {
    coefficients.unshift(value);
    value /= -(n + 1) * (n + 2);
  }
  return coefficients;
};
const COSINE = alternating(0);
const SINE = alternating(1);

/** Returns a part of pi minus an angle. */
const complement = (part: number, angle: number): DoubleDouble => {
  const { high, low } = sum(PI.high * part, -angle);
  return { high, low: low + PI.low * part };
};

/**
 * Returns the cosine of an angle. From 0 to pi it is right within 1.5 units in the last place and has the same bits everywhere, which `Math.cos` has not:
 * engines of JavaScript differ in its last bits.
 */
export const cosine = (angle: number): number => {
  if (!(angle >= 0 && angle <= Math.PI)) return Math.cos(angle);
  if (angle <= Math.PI / 4) return polynomial(COSINE, angle * angle);
  if (angle >= (3 * Math.PI) / 4) {
    const { high, low } = complement(1, angle);
    return low * high - polynomial(COSINE, high * high);
  }
  const { high, low } = complement(0.5, angle);
  return high * polynomial(SINE, high * high) + low;
};
