import { expect, expectTypeOf, it } from "vitest";
import type { Path } from "./dict.ts";
import { pathAwareMap } from "./path-aware-map.ts";

it("maps values with their paths", () => {
  const params = { a: { x: 10, y: 3 }, b: { x: 20 } };
  const mapped = pathAwareMap((path, value) => (path.includes("x") ? value + 5 : -value), params);
  expect(mapped).toEqual({ a: { x: 15, y: -3 }, b: { x: 25 } });
  expect(params).toEqual({ a: { x: 10, y: 3 }, b: { x: 20 } });
});

it("keeps empty objects and the order of keys, and takes arrays for values", () => {
  const paths: Path[] = [];
  const mapped = pathAwareMap(
    (path) => {
      paths.push(path);
      return path.length;
    },
    { z: {}, b: [1, 2], a: { c: new Float32Array(1), d: { e: {} } } },
  );
  expect(mapped).toEqual({ z: {}, b: 1, a: { c: 2, d: { e: {} } } });
  expect(Object.keys(mapped)).toEqual(["z", "b", "a"]);
  expect(paths).toEqual([["b"], ["a", "c"]]);
});

it("keeps the structure in the type", () => {
  const mapped = pathAwareMap((path, value) => `${path}${value[0]}`, {
    dense: { kernel: new Float32Array(1) },
  });
  expectTypeOf(mapped).toEqualTypeOf<{ dense: { kernel: string } }>();
});

it("refuses what is not a plain object", () => {
  expect(() => pathAwareMap((_, value) => value, [1])).toThrowError(
    expect.objectContaining({ code: "INVALID_TREE", path: "pathAwareMap" }),
  );
});
