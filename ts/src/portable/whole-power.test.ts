import { describe, expect, it } from "vitest";
import { wholePower } from "./whole-power.ts";

/** Returns a power in exact arithmetic, rounded once: a number is m / 2^e, and so is its power. */
const exact = (base: number, exponent: number): number => {
  const bits = new BigUint64Array(Float64Array.of(base).buffer)[0] as bigint;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  const shift = 1075n - (bits >> 52n);
  const [power, scale] = [mantissa ** BigInt(exponent), Number(shift) * exponent];
  const extra = Math.max(0, power.toString(2).length - 64);
  const top = power >> BigInt(extra);
  return Number(top) * 2 ** Math.max(-1000, extra - scale) * 2 ** Math.min(0, extra - scale + 1000);
};

describe("a rate to a whole power", () => {
  it("is right to the last bit or next to it", () => {
    for (const base of [0.9, 0.999, 0.95, 0.5, 0.1, 0.99999, 1 / 3]) {
      for (const exponent of [0, 1, 2, 3, 7, 10, 31, 100, 255, 256, 999, 5000]) {
        const expected = exact(base, exponent);
        if (expected < 2 ** -960) continue;
        const error = Math.abs(wholePower(base, exponent) - expected) / expected;
        expect(error, `${base} ** ${exponent}`).toBeLessThanOrEqual(2 ** -52);
      }
    }
  });

  it("is right at the ends", () => {
    expect([
      wholePower(0, 0),
      wholePower(0, 5),
      wholePower(1, 2 ** 31),
      wholePower(0.9, 1e6),
      wholePower(0.9, 1),
    ]).toEqual([1, 0, 1, 0, 0.9]);
  });
});
