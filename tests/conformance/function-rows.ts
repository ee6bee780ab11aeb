import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import type { Leaf } from "../../ts/src/pytree/leaf.ts";
import { abs } from "../../ts/src/tree/magnitude.ts";
import { load } from "./node-fixtures.ts";
import { type AnyTree, fromStored, type Inputs } from "./trees.ts";

/** A row of tests/golden/functions.toml. */
export interface FunctionRow {
  readonly optax: string;
  readonly gradloom: string;
  readonly tolerance?: number;
  readonly why?: string;
}

const golden = new URL("../golden/", import.meta.url);
/** The rows by the name that they cover and by their own. */
export const tables = parse(readFileSync(new URL("functions.toml", golden), "utf8")) as unknown as Record<
  string,
  Record<string, FunctionRow>
>;
/** All rows. */
export const rows = Object.entries(tables).flatMap(([covers, variants]) =>
  Object.entries(variants).map(([variant, row]) => ({ ...row, covers, name: `${covers}.${variant}` })),
);
const inputs = load("inputs.json") as Inputs;

const array =
  (type: typeof Float32Array | typeof Float64Array) =>
  (numbers: number[], shape?: number[]): Leaf =>
    shape ? { data: new type(numbers), shape } : new type(numbers);

/** Makes the trees that expressions of rows name. */
export const trees = (name = "default"): Record<"params" | "grads" | "others", AnyTree> => {
  const { params, grads } = inputs[name]!;
  const [first, second] = grads.normal!;
  return {
    params: fromStored(params, Float32Array),
    grads: fromStored(first!, Float32Array),
    others: fromStored(second!, Float32Array),
  };
};

/** Returns the value of an expression of a row. */
export const evaluate = (expression: string, scope: Readonly<Record<string, unknown>>): unknown => {
  const names = { abs, f32: array(Float32Array), f64: array(Float64Array), ...scope };
  return new Function(...Object.keys(names), `"use strict"; return (${expression});`)(
    ...Object.values(names),
  );
};
