import { expect, it } from "vitest";
import { layoutOf, readTree } from "./layout.ts";

const leaf = () => new Float32Array(2);

/** Returns the error for parameters that differ from the updates for which a plan is made. */
const refused = (updates: object, params: object): unknown => {
  try {
    readTree(layoutOf(updates, "updates"), params, "params");
  } catch (error) {
    return error;
  }
  return undefined;
};

it.each([
  ["more keys", { w: leaf() }, { w: leaf(), b: leaf() }, "params.b: no such key is expected here."],
  ["a leaf for null", { w: null }, { w: leaf() }, "params.w: expected null here: there is no leaf"],
  ["fewer keys", { w: leaf(), b: leaf() }, { w: leaf() }, "params.b: this leaf is missing."],
])(
  "says what is expected of parameters with %s, and not that it is not theirs",
  (_, updates, params, text) => {
    const error = refused(updates, params) as Error;
    expect(error).toMatchObject({ code: "STRUCTURE_MISMATCH", message: expect.stringContaining(text) });
    expect(error.message).not.toMatch(/of the parameters|the parameters have/);
  },
);

it("reads an object with many keys in time that grows as their number does", () => {
  const list = Array.from({ length: 50_000 }, leaf);
  const object = Object.fromEntries(list.map((item, i) => [`layer${i}`, item]));
  const cost = (tree: object): number => {
    const layout = layoutOf(tree, "tree");
    const times = Array.from({ length: 4 }, () => {
      const before = process.cpuUsage();
      readTree(layout, tree, "tree");
      return process.cpuUsage(before).user;
    });
    return Math.min(...times);
  };
  expect(cost(object) / Math.max(cost(list), 1000)).toBeLessThan(30);
});
