import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkLengths, limit } from "../../scripts/check/lengths.mjs";
import { repositoryWith } from "./folder.ts";

const lines = (count: number): string => "const x = 1;\n".repeat(count);

describe("the lengths of files", () => {
  it("name the file that is longer than CONTRIBUTING.md allows", () => {
    const folder = repositoryWith({ "ts/long.ts": lines(limit() + 1), "ts/short.ts": lines(limit()) });
    expect(checkLengths(folder)).toEqual([`ts/long.ts has ${limit() + 1} lines, more than ${limit()}`]);
  });
});
