import { describe, expect, it } from "vitest";
import { checksums, EXPECTED } from "../../../tests/browser/portable.ts";
import { cosine } from "./cosine.ts";
import { power } from "./power.ts";

/** Returns by how many last bits two numbers differ at most. */
const bits = (a: number, b: number): number => Math.abs(a - b) / (Math.abs(b) * Number.EPSILON);

describe("functions that are the same in every engine of JavaScript", () => {
  it("have the bits that they have in others", () => {
    expect(checksums()).toEqual(EXPECTED);
  });

  it("the cosine agrees with that of this engine", () => {
    for (let i = 0; i <= 20_000; i++) {
      const angle = (Math.PI * i) / 20_000;
      if (i === 10_000) expect(cosine(angle)).toBeCloseTo(Math.cos(angle), 30);
      else expect(bits(cosine(angle), Math.cos(angle)), `cosine of ${angle}`).toBeLessThanOrEqual(2);
    }
    expect([cosine(0), cosine(Math.PI), cosine(7), cosine(Number.NaN)]).toEqual([
      1,
      -1,
      Math.cos(7),
      Number.NaN,
    ]);
  });

  it("powers agree with those of this engine", () => {
    for (let i = 1; i <= 20_000; i++) {
      const base = i % 3 === 0 ? i : i / 20_001;
      const exponent = ((i * 37) % 401) / 40 - 5;
      expect(bits(power(base, exponent), base ** exponent), `${base} ** ${exponent}`).toBeLessThanOrEqual(2);
    }
  });

  it.each([
    [0, 0],
    [0, 3],
    [0, -1],
    [1, 1e9],
    [-0.5, 3],
    [-0.5, 4],
    [-2, 0.5],
    [Number.NaN, 0],
    [2, Number.NaN],
    [Number.POSITIVE_INFINITY, -1],
    [0.999, 1e9],
    [1e300, 2],
    [5e-324, 0.5],
    [1e-310, 0.3],
    [2, 1023],
    [2, -1074],
  ])("%d ** %d is what it is everywhere", (base, exponent) => {
    expect(power(base, exponent)).toBe(base ** exponent);
  });
});
