import { describe, expect, expectTypeOf, it } from "vitest";
import { Traversal } from "./traversal.ts";
import {
  TraverseAttr,
  TraverseCompose,
  TraverseEach,
  TraverseFilter,
  TraverseId,
  TraverseItem,
  TraverseMerge,
  TraverseTree,
  tIdentity,
} from "./traversals.ts";

class Foo {
  foo = 0;
  bar = 0;
  constructor(values: Partial<Foo> = {}) {
    Object.assign(this, values);
  }
}

const double = (x: unknown) => (x as number) * 2;

describe("the examples of Flax", () => {
  it("selects an attribute", () => {
    expect([...new TraverseAttr<Foo, "foo">("foo").iterate(new Foo({ foo: 1 }))]).toEqual([1]);
  });

  it("selects by composition", () => {
    const data = [
      { foo: 1, bar: 2 },
      { foo: 3, bar: 4 },
    ];
    expect([...tIdentity.each().item("foo").iterate(data)]).toEqual([1, 3]);
  });

  it("updates a copy", () => {
    const data = { foo: new Foo({ bar: 2 }) };
    const updated = new TraverseId<typeof data>().item("foo").attr("bar").update(double, data);
    expect(updated.foo).toBeInstanceOf(Foo);
    expect(updated).toEqual({ foo: new Foo({ bar: 4 }) });
    expect(data.foo.bar).toBe(2);
  });
});

describe("selections", () => {
  it.each<[string, Traversal, unknown, unknown[], unknown]>([
    ["id", tIdentity, 3, [3], 6],
    ["each of an array", new TraverseEach(), [1, 2], [1, 2], [2, 4]],
    ["each of an object", tIdentity.each(), { b: 1, a: 2 }, [1, 2], { b: 2, a: 4 }],
    ["item of an object", new TraverseItem("b"), { b: 1, a: 2 }, [1], { b: 2, a: 2 }],
    ["item of an array", tIdentity.item(1), [1, 2, 3], [2], [1, 4, 3]],
    ["last item of an array", tIdentity.item(-1), [1, 2, 3], [3], [1, 2, 6]],
    ["slice of an array", tIdentity.item({ start: 1, end: 3 }), [1, 2, 3, 4], [2, 3], [1, 4, 6, 4]],
    ["slice from the end", new TraverseItem({ start: -2 }), [1, 2, 3], [2, 3], [1, 4, 6]],
    ["filter", tIdentity.each().filter((x) => (x as number) > 1), [1, 2, 3], [2, 3], [1, 4, 6]],
    ["filter of the whole", new TraverseFilter((x) => x === 1), 2, [], 2],
    ["merge", tIdentity.merge(new TraverseItem(0), new TraverseItem(2)), [1, 2, 3], [1, 3], [2, 2, 6]],
    [
      "merge of the same",
      new TraverseMerge(new TraverseItem(0), new TraverseItem(0)),
      [1, 2],
      [1, 1],
      [4, 2],
    ],
    ["compose", new TraverseCompose(new TraverseEach(), new TraverseItem("a")), [{ a: 1 }], [1], [{ a: 2 }]],
    [
      "tree in key order",
      new TraverseTree(),
      { b: [1, { c: 2 }], a: 3, n: null },
      [3, 1, 2],
      { b: [2, { c: 4 }], a: 6, n: null },
    ],
    ["tree below an item", tIdentity.item("a").tree(), { a: [1, [2]], b: 3 }, [1, 2], { a: [2, [4]], b: 3 }],
  ])("%s", (_, traversal, inputs, values, updated) => {
    const before = structuredClone(inputs);
    expect([...traversal.iterate(inputs)]).toEqual(values);
    expect(traversal.update(double, inputs)).toEqual(updated);
    expect(inputs).toEqual(before);
  });

  it("keeps the key order of objects in a tree", () => {
    expect(Object.keys(tIdentity.tree().update(double, { b: 1, a: 2 }) as object)).toEqual(["b", "a"]);
  });

  it("takes typed arrays and arrays with a shape for leaves of a tree", () => {
    const leaves = [new Float32Array(1), { data: new Float32Array(2), shape: [1, 2] }];
    expect([...tIdentity.tree().iterate({ a: leaves })]).toEqual(leaves);
  });

  it("keeps class and other properties where an attribute is replaced, frozen or not", () => {
    const frozen = Object.freeze(new Foo({ foo: 1, bar: 2 }));
    expect(new TraverseId<Foo>().attr("foo").update(double, frozen)).toEqual(new Foo({ foo: 2, bar: 2 }));
  });

  it("accepts a focus of one's own", () => {
    const rounded = new Traversal<number, number>({
      iterate: (x) => [Math.floor(x)],
      update: (fn, x) => fn(Math.floor(x)),
    });
    expect(new TraverseEach<number[]>().compose(rounded).update((x) => x + 1, [1.5, 2.5])).toEqual([2, 3]);
  });
});

describe("set", () => {
  const items = tIdentity.each();

  it("replaces the values in order and leaves the list of values alone", () => {
    const values = [7, 8];
    expect(items.set(values, [1, 2])).toEqual([7, 8]);
    expect(values).toEqual([7, 8]);
    expect(tIdentity.tree().set([1, 2], { b: 0, a: 0 })).toEqual({ a: 1, b: 2 });
  });

  it.each([[[7]], [[7, 8, 9]]])("refuses %o for two values", (values) => {
    expect(() => items.set(values, [1, 2])).toThrowError(
      expect.objectContaining({ code: "STRUCTURE_MISMATCH" }),
    );
  });
});

describe("what is not there", () => {
  it.each<[string, Traversal, unknown]>([
    ["items of a number", tIdentity.each(), 1],
    ["items of a typed array", tIdentity.each(), new Float32Array(1)],
    ["a missing key", tIdentity.item("x"), { a: 1 }],
    ["an inherited key", tIdentity.item("toString"), { a: 1 }],
    ["an index out of range", tIdentity.item(2), [1, 2]],
    ["a slice of an object", tIdentity.item({ start: 1 }), { a: 1 }],
    ["an attribute of null", tIdentity.attr("x"), null],
    ["a missing attribute", tIdentity.attr("x"), new Foo()],
  ])("refuses %s", (_, traversal, inputs) => {
    const refused = expect.objectContaining({ code: "INVALID_TREE" });
    expect(() => [...traversal.iterate(inputs)]).toThrowError(refused);
    expect(() => traversal.update((x) => x, inputs)).toThrowError(refused);
  });
});

it("keeps types", () => {
  type Data = { foo: number; tags: string[] }[];
  const each = new TraverseId<Data>().each();
  expectTypeOf(each.item("foo")).toEqualTypeOf<Traversal<Data, number>>();
  expectTypeOf(each.item("tags").item(0)).toEqualTypeOf<Traversal<Data, string>>();
  expectTypeOf(each.tree()).toEqualTypeOf<Traversal<Data, number | string>>();
  // @ts-expect-error there is no such key
  each.item("nope");
});
