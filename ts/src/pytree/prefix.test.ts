import { expect, it } from "vitest";
import { layoutOf } from "./layout.ts";
import { broadcastPrefix } from "./prefix.ts";

const flags = {
  is: (value: unknown): value is boolean => typeof value === "boolean",
  masked: null,
  code: "INVALID_MASK",
  noun: "A mask",
} as const;

it("says that a key of a mask is not expected, and not that the parameters lack it: the tree may be the updates", () => {
  const { def } = layoutOf({ w: new Float32Array(2) }, "updates");
  expect(() => broadcastPrefix({ w: true, b: false }, def, "masked.mask", flags)).toThrow(
    "masked.mask.b: no such key is expected here. A mask has the structure of the tree, or of its upper part.",
  );
});
