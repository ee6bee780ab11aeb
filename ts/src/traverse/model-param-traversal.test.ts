import { describe, expect, expectTypeOf, it } from "vitest";
import { ModelParamTraversal } from "./model-param-traversal.ts";

const params = { x: { kernel: 1, bias: 2 }, b: { y: { kernel: 3, bias: 4 }, z: {} }, ab: { kernel: 5 } };
type Params = typeof params;

const kernels = new ModelParamTraversal<Params>((name) => name.includes("kernel"));

describe("ModelParamTraversal", () => {
  it("visits parameters in sorted order of their paths", () => {
    const seen: [string, number][] = [];
    const all = new ModelParamTraversal<Params>((name, value) => seen.push([name, value]) > 0);
    expect([...all.iterate(params)]).toEqual([5, 4, 3, 2, 1]);
    expect(seen).toEqual([
      ["/ab/kernel", 5],
      ["/b/y/bias", 4],
      ["/b/y/kernel", 3],
      ["/x/bias", 2],
      ["/x/kernel", 1],
    ]);
  });

  it("updates what it selects, keeps the rest, the empty objects and the order of keys", () => {
    const updated = kernels.update((value) => 10 * value, params);
    expect(updated).toEqual({
      x: { kernel: 10, bias: 2 },
      b: { y: { kernel: 30, bias: 4 }, z: {} },
      ab: { kernel: 50 },
    });
    expect(Object.keys(updated)).toEqual(["x", "b", "ab"]);
    expect(params.x.kernel).toBe(1);
  });

  it("sets in sorted order", () => {
    expect(kernels.set([7, 8, 9], params)).toMatchObject({
      ab: { kernel: 7 },
      b: { y: { kernel: 8 } },
      x: { kernel: 9 },
    });
  });

  it("makes masks as in Flax's guide to Optax", () => {
    const allFalse = { x: { kernel: false, bias: false }, y: { bias: false } };
    const mask = new ModelParamTraversal<typeof allFalse>((name) => name.endsWith("/kernel")).update(
      () => true,
      allFalse,
    );
    expect(mask).toEqual({ x: { kernel: true, bias: false }, y: { bias: false } });
  });

  it("composes", () => {
    const lists = { a: { kernel: [1, 2] }, b: { bias: [3] } };
    const items = new ModelParamTraversal<typeof lists>((name) => name.includes("kernel")).each();
    expect([...items.iterate(lists)]).toEqual([1, 2]);
    expect(items.update((x) => -x, lists)).toEqual({ a: { kernel: [-1, -2] }, b: { bias: [3] } });
  });

  it("has the parameters in its type", () => {
    expectTypeOf(kernels.update).returns.toEqualTypeOf<Params>();
  });

  it("refuses what is not a plain object, and a filter that is no function", () => {
    const list = new ModelParamTraversal<number[]>(() => true);
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => list.iterate([1])).toThrowError(refused("INVALID_TREE"));
    expect(() => list.update((x) => x, [1])).toThrowError(refused("INVALID_TREE"));
    expect(() => new ModelParamTraversal(/kernel/ as never)).toThrowError(refused("INVALID_MASK"));
  });
});
