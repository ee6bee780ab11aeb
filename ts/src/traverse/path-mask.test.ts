import { describe, expect, expectTypeOf, it } from "vitest";
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

  it("joins keys and indices by a slash", () => {
    const paths: string[] = [];
    pathMask((path, leaf) => {
      expect(leaf).toBeTypeOf("object");
      return paths.push(path) > 0;
    })(params);
    expect(paths).toEqual([
      "layers/0/kernel",
      "layers/0/bias",
      "layers/1/kernel",
      "layers/1/bias",
      "head/kernel",
    ]);
  });

  it("matches from the front each time, whatever the flags", () => {
    const tree = { a1: array(), a2: array(), a3: array() };
    expect(pathMask(/a/g)(tree)).toEqual({ a1: true, a2: true, a3: true });
    expect(pathMask(/A2/i)(tree)).toEqual({ a1: false, a2: true, a3: false });
  });

  it("sees a bare leaf at the empty path", () => {
    expect(pathMask(/^$/)(array())).toBe(true);
  });

  it("has the structure in its type", () => {
    const mask = pathMask(/x/)({ a: [array()], b: { data: array(), shape: [1] } });
    expectTypeOf(mask).toEqualTypeOf<{ a: boolean[]; b: boolean }>();
  });

  it("refuses a pattern of another kind and an answer that is not a boolean", () => {
    const refused = (path: string) => expect.objectContaining({ code: "INVALID_MASK", path });
    expect(() => pathMask("kernel" as never)).toThrowError(refused("pathMask.pattern"));
    expect(() => pathMask((() => 1) as never)({ a: array() })).toThrowError(refused("a"));
  });
});
