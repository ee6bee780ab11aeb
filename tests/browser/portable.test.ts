import { expect, it } from "vitest";
import { checksums, EXPECTED } from "./portable.ts";

it("the scalars of schedules and of decay rates have the same bits in a page as in Node", () => {
  expect(checksums()).toEqual(EXPECTED);
});
