import { describe, expect, expectTypeOf, it } from "vitest";
import type { NestedDict, Path } from "./dict.ts";
import { type EmptyNode, emptyNode } from "./empty-node.ts";
import { flattenDict } from "./flatten-dict.ts";

const tree = { foo: 1, bar: { a: 2, b: {} } };

describe("flattenDict", () => {
  it("lists paths and values, without empty objects", () => {
    expect(flattenDict(tree)).toEqual([
      [["foo"], 1],
      [["bar", "a"], 2],
    ]);
  });

  it("joins paths", () => {
    expect(flattenDict(tree, { sep: "/" })).toEqual({ foo: 1, "bar/a": 2 });
    expect(flattenDict(tree, { sep: "::" })).toEqual({ foo: 1, "bar::a": 2 });
  });

  it("keeps empty objects as emptyNode", () => {
    const flat = flattenDict(tree, { keepEmptyNodes: true, sep: "/" });
    expect(Object.keys(flat)).toEqual(["foo", "bar/a", "bar/b"]);
    expect(flat["bar/b"]).toBe(emptyNode);
  });

  it("finds nothing in an empty object", () => {
    expect(flattenDict({}, { keepEmptyNodes: true })).toEqual([]);
    expect(flattenDict({}, { sep: "/" })).toEqual({});
  });

  it("stops where isLeaf says so, and tells it the path", () => {
    const paths: Path[] = [];
    const isLeaf = (path: Path, dict: object) => {
      paths.push(path);
      return path.length === 1 && Object.keys(dict).length === 2;
    };
    expect(flattenDict({ ...tree, baz: { c: 3 } }, { isLeaf })).toEqual([
      [["foo"], 1],
      [["bar"], tree.bar],
      [["baz", "c"], 3],
    ]);
    expect(paths).toEqual([[], ["bar"], ["baz"]]);
    expect(flattenDict(tree, { isLeaf: () => true })).toEqual([[[], tree]]);
  });

  it("takes arrays, typed arrays, arrays with a shape and class instances for values", () => {
    const date = new Date(0);
    const leaves = { list: [{ a: 1 }], array: new Float32Array(2), date, nothing: null };
    const tensor = { data: new Float32Array(2), shape: [1, 2] };
    expect(flattenDict({ ...leaves, deep: { tensor } }, { sep: "." })).toEqual({
      ...leaves,
      "deep.tensor": tensor,
    });
  });

  it("refuses a key that contains the separator", () => {
    const call = () => flattenDict({ a: { "b/c": 1 } }, { sep: "/" });
    expect(call).toThrowError(expect.objectContaining({ code: "INVALID_TREE", path: "flattenDict.a.b/c" }));
    expect(flattenDict({ a: { "b/c": 1 } })).toEqual([[["a", "b/c"], 1]]);
  });

  it.each([null, 1, [1], new Float32Array(1), new Map(), { data: new Float32Array(1), shape: [1] }])(
    "refuses %o",
    (value) => {
      expect(() => flattenDict(value as object)).toThrowError(
        expect.objectContaining({ code: "INVALID_TREE" }),
      );
    },
  );

  it.each([[{ sep: "" }], [{ sep: 1 }], [{ isLeaf: 1 }], [{ keepEmptyNodes: 1 }]])(
    "refuses %o",
    (options) => {
      expect(() => flattenDict(tree, options as object)).toThrowError(
        expect.objectContaining({
          code: "INVALID_HYPERPARAMETER",
          path: `flattenDict.${Object.keys(options)[0]}`,
        }),
      );
    },
  );

  it("keeps the types of values", () => {
    const params = { dense: { kernel: new Float32Array(1), shapes: [1, 2] }, temperature: 1 };
    type Value = Float32Array<ArrayBuffer> | number[] | number;
    expectTypeOf(flattenDict(params)).toEqualTypeOf<[path: Path, value: Value][]>();
    expectTypeOf(flattenDict(params, { sep: "/" })).toEqualTypeOf<Record<string, Value>>();
    expectTypeOf(flattenDict(params, { sep: "/", keepEmptyNodes: true })).toEqualTypeOf<
      Record<string, Value | EmptyNode>
    >();
    expectTypeOf(flattenDict({} as Record<string, number>)).toEqualTypeOf<[path: Path, value: number][]>();
    // the type of a tree of unknown depth does not tell whether it has values
    expectTypeOf(flattenDict({} as NestedDict<number>)).toEqualTypeOf<[path: Path, value: unknown][]>();
  });
});
