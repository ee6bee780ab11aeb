import { GradloomError } from "../../error.ts";
import { isDict } from "../dict.ts";
import type { Focus } from "./focus.ts";

/** A run of array items, as `Array.prototype.slice` counts: `end` is not included, negative numbers count from the end. */
export interface Slice {
  readonly start?: number;
  readonly end?: number;
}

/** The key of a plain object, the index of an array (negative from the end), or a slice of an array. */
export type ItemKey = string | number | Slice;

const indicesOf = (items: readonly unknown[], key: ItemKey): readonly number[] => {
  const all = items.map((_, i) => i);
  if (typeof key === "object") return all.slice(key.start, key.end);
  const index = Number(key);
  return all.filter((i) => i === (index < 0 ? index + items.length : index));
};

const absent = (key: ItemKey): never => {
  const name = typeof key === "object" ? "slice" : JSON.stringify(key);
  throw new GradloomError("INVALID_TREE", "there is no such item.", {
    path: `item(${name})`,
    remedy: "Items are those of arrays and plain objects.",
  });
};

const select = (inputs: unknown, key: ItemKey): readonly (string | number)[] => {
  if (Array.isArray(inputs)) {
    const indices = indicesOf(inputs, key);
    return typeof key === "object" || indices.length > 0 ? indices : absent(key);
  }
  return isDict(inputs) && typeof key !== "object" && Object.hasOwn(inputs, key) ? [key] : absent(key);
};

/** Selects one item of an array or a plain object, or each item of a slice of an array. */
export const item = (key: ItemKey): Focus<unknown, unknown> => ({
  iterate: (inputs) => select(inputs, key).map((k) => (inputs as Record<string | number, unknown>)[k]),
  update: (fn, inputs) => {
    const selected = new Set(select(inputs, key).map(String));
    const visit = (k: string | number, value: unknown) => (selected.has(String(k)) ? fn(value) : value);
    if (Array.isArray(inputs)) return inputs.map((value, i) => visit(i, value));
    return Object.fromEntries(Object.entries(inputs as object).map(([k, value]) => [k, visit(k, value)]));
  },
});
