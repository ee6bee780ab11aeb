import { type Device, numpy as np } from "@jax-js/jax";
import { expect } from "vitest";

/** Compares an array, which it consumes, with nested numbers as `np.allclose` does. */
export const expectClose = (
  actual: np.Array,
  expected: unknown,
  { rtol = 1e-5, atol = 1e-8 }: { rtol?: number; atol?: number } = {},
): void => {
  const compare = (a: unknown, b: unknown): void => {
    if (Array.isArray(b)) {
      expect(a).toHaveLength(b.length);
      b.forEach((item, i) => {
        compare((a as unknown[])[i], item);
      });
    } else if (Math.abs((a as number) - (b as number)) > atol + rtol * Math.abs(b as number)) {
      expect.fail(`${a} is not close to ${b}`);
    } else expect(Number.isNaN(a)).toBe(Number.isNaN(b));
  };
  compare(actual.js(), expected);
};

/** The tables in which the devices of jax-js keep the buffers that are alive. */
const tables = new Set<Map<number, unknown>>();

/** Makes jax-js show its tables of buffers, which it keeps private: each one gets an entry for a new array. */
const findTables = (alive: readonly Device[]): void => {
  const { set } = Map.prototype;
  Map.prototype.set = function (this: Map<number, unknown>, key: number, value: { readonly ref?: unknown }) {
    if (typeof key === "number" && typeof value === "object" && value !== null && "ref" in value)
      tables.add(this);
    return set.call(this, key, value);
  };
  try {
    for (const device of alive) np.array(Float32Array.of(1, 2), { device }).dispose();
  } finally {
    Map.prototype.set = set;
  }
};

/** Counts the buffers that are alive on devices of jax-js, by its own tables. */
export const liveBuffers = (alive: readonly Device[] = ["cpu", "wasm"]): number => {
  if (tables.size === 0) findTables(alive);
  expect(tables.size).toBeGreaterThanOrEqual(alive.length);
  return [...tables].reduce((sum, { size }) => sum + size, 0);
};
