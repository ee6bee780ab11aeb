import { describe, expect, it } from "vitest";
import type { Leaf } from "../../ts/src/pytree/leaf.ts";
import { isLeaf } from "../../ts/src/pytree/leaf.ts";
import { operand } from "../../ts/src/pytree/operand.ts";
import { exportedValues } from "../docs/exports.ts";
import { gl } from "../engine.ts";
import { expectClose } from "./compare.ts";
import { evaluate, rows, tables, trees } from "./function-rows.ts";
import { load } from "./node-fixtures.ts";
import type { StoredNumber } from "./trees.ts";

/** One leaf of a result, as tests/golden/make_functions.py writes it. */
interface StoredResult {
  readonly path: string;
  readonly text?: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly StoredNumber[];
}

interface Result {
  readonly path: string;
  readonly value: unknown;
}

const TOLERANCE = 1e-5;

const valueAt = (name: string): unknown =>
  name.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], gl);

const fixtures = load("functions.json") as Record<string, { optax: string; leaves: StoredResult[] }>;

/** Lists the leaves of a result in JAX's order: lists in order, objects by sorted key; null has none. */
const leavesOf = (value: unknown, path = ""): Result[] => {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object" || isLeaf(value)) return [{ path, value }];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value).sort();
  return keys.flatMap((key) =>
    leavesOf((value as Record<string | number, unknown>)[key], path === "" ? `${key}` : `${path}.${key}`),
  );
};

const INTEGERS = { Int32Array: "int32", Uint32Array: "uint32" } as Record<string, string>;

const expectLeaf = ({ path, value }: Result, stored: StoredResult, tolerance: number): void => {
  expect(path).toBe(stored.path);
  if (stored.text !== undefined) {
    expect(value).toBe(stored.text);
    return;
  }
  const single = ["float32", "float16", "bfloat16"].includes(stored.dtype);
  const expected = stored.data.map((x) => (single && typeof x === "number" ? Math.fround(x) : x));
  if (typeof value === "number" || typeof value === "boolean") {
    expect(stored.shape).toEqual([]);
    expectClose([Number(value)], expected, tolerance, path);
    return;
  }
  const bare = ArrayBuffer.isView(value) ? value : (value as { data: ArrayBufferView }).data;
  const integer = INTEGERS[bare.constructor.name];
  const shape = "shape" in (value as object) ? (value as { shape: number[] }).shape : [bare.byteLength / 4];
  const read = integer
    ? { dtype: integer, shape, numbers: bare as Int32Array }
    : operand(value as Leaf, path);
  expect(read.dtype).toBe(stored.dtype);
  expect(read.shape).toEqual(stored.shape);
  expectClose(Array.from(read.numbers), expected, tolerance, path);
};

describe("plain functions give the numbers of Optax and JAX", () => {
  it("has a fixture, made from the same expression, for every row", () => {
    const made = Object.entries(fixtures).map(([name, { optax }]) => [name, optax]);
    expect(made).toEqual(rows.map(({ name, optax }) => [name, optax]));
  });

  it.each(rows)("$name", ({ name, gradloom, tolerance = TOLERANCE, why }) => {
    expect(tolerance <= TOLERANCE || why, "a greater tolerance needs a why").toBeTruthy();
    const results = leavesOf(evaluate(gradloom, { gl, ...trees() }));
    const stored = fixtures[name]!.leaves;
    expect(results.map(({ path }) => path)).toEqual(stored.map(({ path }) => path));
    results.forEach((result, i) => {
      expectLeaf(result, stored[i]!, tolerance);
    });
  });

  const folders = /^(tree|random|projections|perturbations|assignment|linear-algebra)\//;
  const elsewhere =
    /^(globalNorm|MultiNormalDiagFromLogScale|tree\.(copy|get|getAllWithPath|set|mapParams))$|^(treeMapParams)$/;
  const names = exportedValues()
    .filter(({ file, name }) => folders.test(file) && !elsewhere.test(name))
    .map(({ name }) => name);

  it.each(names)("%s has a row", (name) => {
    expect(Object.keys(tables).map(valueAt)).toContain(valueAt(name));
  });

  it("there are names to cover", () => {
    expect(names.length).toBeGreaterThan(50);
  });
});
