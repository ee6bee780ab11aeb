import { describe, expect, expectTypeOf, it } from "vitest";
import type { GradloomError } from "../error.ts";
import { layoutOf } from "../pytree/layout.ts";
import { MASKED } from "../pytree/masked-node.ts";
import { pathMask } from "./path-mask.ts";

const array = () => new Float32Array(1);
const params = {
  layers: [
    { kernel: array(), bias: array() },
    { kernel: { data: array(), shape: [1, 1] }, bias: array() },
  ],
  head: { kernel: array(), empty: {}, none: null, hidden: MASKED },
};

describe("pathMask", () => {
  it("chooses leaves by a pattern and keeps the structure", () => {
    expect(pathMask(/kernel$/)(params)).toEqual({
      layers: [
        { kernel: true, bias: false },
        { kernel: true, bias: false },
      ],
      head: { kernel: true, empty: {}, none: null, hidden: MASKED },
    });
  });

  it("writes paths as errors do", () => {
    const paths: string[] = [];
    pathMask((path, leaf) => {
      expect(leaf).toBeTypeOf("object");
      return paths.push(path) > 0;
    })(params);
    expect(paths).toEqual([
      "layers[0].kernel",
      "layers[0].bias",
      "layers[1].kernel",
      "layers[1].bias",
      "head.kernel",
    ]);
  });

  it("writes the paths that layouts have, whatever the keys", () => {
    const odd = { "a b": { "1": array(), c: [array()] }, "x.y": array(), z: [[array()]] };
    const paths: string[] = [];
    pathMask((path) => paths.push(path) > 0)(odd);
    expect(paths.sort()).toEqual(
      layoutOf(odd, "params")
        .leaves.map(({ path }) => path)
        .sort(),
    );
  });

  it("matches from the front each time, whatever the flags", () => {
    const tree = { a1: array(), a2: array(), a3: array() };
    expect(pathMask(/a/g)(tree)).toEqual({ a1: true, a2: true, a3: true });
    expect(pathMask(/A2/i)(tree)).toEqual({ a1: false, a2: true, a3: false });
  });

  it("sees a bare leaf at the empty path", () => {
    expect(pathMask(/^$/)(array())).toBe(true);
  });

  it("refuses a pattern that matches nothing, and lists the nearest paths", () => {
    const tree = { encoder: { kernel: array(), bias: array() }, head: { kernel: array() } };
    const refusal = (pattern: RegExp | ((path: string) => boolean)) => {
      try {
        pathMask(pattern)(tree);
      } catch (error) {
        return error as GradloomError;
      }
    };
    expect(refusal(/kernal$/)).toMatchObject({
      code: "INVALID_MASK",
      path: "pathMask.pattern",
      message: expect.stringContaining("/kernal$/ matches no path."),
      remedy:
        "The nearest paths are encoder.kernel, head.kernel, encoder.bias. Pass { allowNone: true } to allow that.",
    });
    expect(refusal(/^heat|^incoder\.bias$/)?.remedy).toMatch(
      /^The nearest paths are head\.kernel, .*encoder\.bias/,
    );
    expect(refusal(/head\/kernel/)?.remedy).toMatch(/^The nearest paths are head\.kernel,/);
    expect(refusal((path) => path === "Head.kernel")?.remedy).toMatch(
      /^The paths are encoder\.kernel, encoder\.bias, head\.kernel\./,
    );
  });

  it("lists at most five paths", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`layer${i}`, array()]));
    expect(() => pathMask(/lair3/)(many)).toThrow(/paths are layer3, \w+, \w+, \w+, \w+\. Pass/);
    expect(() => pathMask(() => false)(many)).toThrow(/layer0, layer1, layer2, layer3, layer4 and 7 more\./);
  });

  it("allows no match where told so, where there is no leaf, and where parts of the tree are null or masked", () => {
    expect(pathMask(/x/, { allowNone: true })({ a: array() })).toEqual({ a: false });
    expect(pathMask(/x/)({ a: {}, b: [] })).toEqual({ a: {}, b: [] });
    expect(pathMask(/x/)({ a: array(), x: null })).toEqual({ a: false, x: null });
    expect(pathMask(/x/)({ a: array(), x: MASKED })).toEqual({ a: false, x: MASKED });
    expect(() => pathMask(/x/, { allowMany: true } as never)).toThrowError(
      expect.objectContaining({ code: "UNKNOWN_OPTION", path: "pathMask.allowMany" }),
    );
  });

  it("has the structure in its type", () => {
    const mask = pathMask(/a/)({ a: [array()], b: { data: array(), shape: [1] } });
    expectTypeOf(mask).toEqualTypeOf<{ a: boolean[]; b: boolean }>();
  });

  it("refuses a pattern of another kind and an answer that is not a boolean", () => {
    const refused = (path: string) => expect.objectContaining({ code: "INVALID_MASK", path });
    expect(() => pathMask("kernel" as never)).toThrowError(refused("pathMask.pattern"));
    expect(() => pathMask((() => 1) as never)({ a: array() })).toThrowError(refused("a"));
  });
});
