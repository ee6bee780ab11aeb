import type { StoredNumber } from "./trees.ts";

type Numbers = Map<string, number[]>;

const describe = (where: string, i: number, got: number | undefined, expected: number | undefined): Error =>
  new Error(`${where}, element ${i}: got ${got}, expected ${expected}`);

/** Expects |a - b| <= tolerance * (1 + |b|) of every element; NaN and infinities must be where they are expected. */
export const expectClose = (
  got: readonly number[],
  expected: readonly StoredNumber[],
  tolerance: number,
  where: string,
): void => {
  if (got.length !== expected.length) throw describe(`${where}: length`, -1, got.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const a = got[i] as number;
    const b = Number(expected[i]);
    const same = Object.is(a, b) || Math.abs(a - b) <= tolerance * (1 + Math.abs(b));
    if (!same) throw describe(where, i, a, b);
  }
};

/** Expects the same bits of every element; NaN equals NaN, and 0 differs from -0. */
export const expectSameBits = (got: readonly number[], expected: readonly number[], where: string): void => {
  if (got.length !== expected.length) throw describe(`${where}: length`, -1, got.length, expected.length);
  const i = expected.findIndex((b, i) => !Object.is(got[i], b));
  if (i >= 0) throw describe(where, i, got[i], expected[i]);
};

/** Expects the same paths in any order. */
export const expectSamePaths = (got: Iterable<string>, expected: Iterable<string>, where: string): void => {
  const [ours, theirs] = [new Set(got), new Set(expected)];
  const missing = [...theirs].filter((path) => !ours.has(path));
  const surplus = [...ours].filter((path) => !theirs.has(path));
  if (missing.length + surplus.length > 0) {
    throw new Error(`${where}: missing [${missing.join(", ")}], surplus [${surplus.join(", ")}]`);
  }
};

/** Expects the same paths and the same bits under each. */
export const expectSameNumbers = (got: Numbers, expected: Numbers, where: string): void => {
  expectSamePaths(got.keys(), expected.keys(), where);
  for (const [path, numbers] of expected)
    expectSameBits(got.get(path) as number[], numbers, `${where}.${path}`);
};

/** Expects the same paths and, within a tolerance, the same numbers under each. */
export const expectCloseNumbers = (
  got: Numbers,
  expected: Readonly<Record<string, StoredNumber | readonly StoredNumber[]>>,
  tolerance: number,
  where: string,
): void => {
  expectSamePaths(got.keys(), Object.keys(expected), where);
  for (const [path, numbers] of Object.entries(expected)) {
    expectClose(got.get(path) as number[], [numbers].flat() as StoredNumber[], tolerance, `${where}.${path}`);
  }
};
