import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { NestedDict } from "./dict.ts";
import { emptyNode } from "./empty-node.ts";
import { flattenDict } from "./flatten-dict.ts";
import { unflattenDict } from "./unflatten-dict.ts";

const nested = fc.letrec((tie) => ({
  tree: fc.dictionary(fc.string(), fc.oneof({ depthSize: "small" }, fc.integer(), tie("tree")), {
    maxKeys: 4,
  }),
})).tree as fc.Arbitrary<Record<string, unknown>>;

const refused = expect.objectContaining({ code: "INVALID_TREE" });

describe("unflattenDict", () => {
  it("nests values by their paths", () => {
    const pairs: [path: string[], value: number][] = [
      [["foo"], 1],
      [["bar", "a"], 2],
    ];
    expect(unflattenDict(pairs)).toEqual({ foo: 1, bar: { a: 2 } });
    expect(unflattenDict(new Map(pairs))).toEqual({ foo: 1, bar: { a: 2 } });
    expect(unflattenDict({ foo: 1, "bar/a": 2 }, { sep: "/" })).toEqual({ foo: 1, bar: { a: 2 } });
  });

  it("makes an object of its own for each emptyNode", () => {
    const { a, b } = unflattenDict({ a: emptyNode, b: emptyNode }, { sep: "/" });
    expect([a, b]).toEqual([{}, {}]);
    expect(a).not.toBe(b);
    expect(a).not.toBe(emptyNode);
  });

  it("undoes flattenDict", () => {
    fc.assert(
      fc.property(nested, (tree) => {
        expect(unflattenDict(flattenDict(tree, { keepEmptyNodes: true }))).toEqual(tree);
      }),
    );
  });

  it("undoes flattenDict with joined paths where no key contains the separator", () => {
    fc.assert(
      fc.property(nested, (tree) => {
        fc.pre(!JSON.stringify(tree).includes("/"));
        const flat = flattenDict(tree, { keepEmptyNodes: true, sep: "/" });
        expect(unflattenDict(flat, { sep: "/" })).toEqual(tree);
      }),
    );
  });

  it("treats __proto__ as any other key", () => {
    const tree = JSON.parse('{ "__proto__": { "polluted": 1 } }') as Record<string, NestedDict<number>>;
    const again = unflattenDict(flattenDict(tree));
    expect(Object.keys(again)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });

  it("does not write into values that are objects", () => {
    const value = { x: 1 };
    const call = () =>
      unflattenDict([
        [["a"], value],
        [["a", "y"], 2],
      ] as never);
    expect(call).toThrowError(refused);
    expect(value).toEqual({ x: 1 });
  });

  it.each([
    ["a value above a value", { "a/b": 1, a: 2 }],
    ["a value below a value", { a: 2, "a/b": 1 }],
    ["a value below an undefined value", { a: undefined, "a/b": 1 }],
    ["a value below an empty node", { a: emptyNode, "a/b": 1 }],
  ])("refuses %s", (_, flat) => {
    expect(() => unflattenDict(flat as Record<string, unknown>, { sep: "/" })).toThrowError(refused);
  });

  it.each([
    ["an empty path", [[[], 1]]],
    ["a path that is a string", [["ab", 1]]],
    ["a key that is a number", [[["a", 1], 1]]],
    [
      "a path that occurs twice",
      [
        [["a"], 1],
        [["a"], 1],
      ],
    ],
    ["an entry that is null", [null]],
    ["an object without sep", { a: 1 }],
    ["a number", 1],
  ])("refuses %s", (_, flat) => {
    expect(() => unflattenDict(flat as never)).toThrowError(refused);
  });

  it("keeps the types of values", () => {
    const flat = flattenDict({ a: { b: 1 } }, { keepEmptyNodes: true, sep: "/" });
    expectTypeOf(unflattenDict(flat, { sep: "/" })).toEqualTypeOf<NestedDict<number>>();
  });
});
