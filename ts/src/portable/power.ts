import { add, type DoubleDouble, divide, multiply, sum, widen } from "./double-double.ts";
import { polynomial } from "./polynomial.ts";

const LN2: DoubleDouble = { high: Math.LN2, low: 2.3190468138462996e-17 };

/** The coefficients of artanh(s) / s in s^2: 1 / (2k + 1), the last one first. */
const ARTANH = Array.from({ length: 22 }, (_, k) => divide(widen(1), widen(43 - 2 * k)));

/** The coefficients of the exponential function: 1 / n!, the last one first. */
const EXPONENTIAL: readonly number[] = (() => {
  const coefficients: number[] = [];
  for (let [n, value] = [0, 1]; n <= 16; n++, value /= n) coefficients.unshift(value);
  return coefficients;
})();

const BITS = new DataView(new ArrayBuffer(8));

/** Returns 2 to a whole power between -1022 and 1023. */
const binaryPower = (exponent: number): number => {
  BITS.setInt32(0, (exponent + 1023) << 20);
  BITS.setInt32(4, 0);
  return BITS.getFloat64(0);
};

/** Returns the natural logarithm of a normal positive number. */
const logarithm = (x: number): DoubleDouble => {
  BITS.setFloat64(0, x);
  let exponent = (BITS.getInt32(0) >> 20) - 1023;
  let mantissa = x * binaryPower(-exponent);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = divide(widen(mantissa - 1), sum(mantissa, 1));
  const square = multiply(s, s);
  let series = widen(0);
  for (const coefficient of ARTANH) series = add(multiply(series, square), coefficient);
  return add(multiply(multiply(s, series), widen(2)), multiply(widen(exponent), LN2));
};

/** Returns the exponential function of a number of which the result is normal. */
const exponential = (x: DoubleDouble): number => {
  const halvings = Math.round(x.high / LN2.high);
  const { high, low } = add(x, multiply(widen(-halvings), LN2));
  const value = polynomial(EXPONENTIAL, high);
  return (value + value * low) * binaryPower(halvings);
};

/**
 * Returns `base ** exponent`, right within 1.5 units in the last place, and with the same bits everywhere, which `**` has not: engines of
 * JavaScript differ in its last bits. Only where base or result is outside of [2^-1021, 2^1022] it is `**`.
 */
export const power = (base: number, exponent: number): number => {
  if (exponent === 1) return base;
  if (exponent === 2) return base * base;
  if (exponent === 0.5 && base >= 0) return Math.sqrt(base);
  if (base < 0 && Number.isInteger(exponent)) {
    return (exponent % 2 === 0 ? 1 : -1) * power(-base, exponent);
  }
  if (!(base >= 2 ** -1021 && base <= 2 ** 1022)) return base ** exponent;
  const x = multiply(logarithm(base), widen(exponent));
  return Math.abs(x.high) < 1021 * Math.LN2 ? exponential(x) : base ** exponent;
};
