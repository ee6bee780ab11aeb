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

  it.each(["a.mts", "a.js", "a.cjs", "a.tsx", ".github/a.yml", "a.sh", "a.wgsl", ".ci/run"])(
    "are checked in every kind of text: %s",
    (file) => {
      const folder = repositoryWith({ [file]: lines(limit() + 1) });
      expect(checkLengths(folder)).toEqual([`${file} has ${limit() + 1} lines, more than ${limit()}`]);
    },
  );

  it("count a last line without a line break", () => {
    const folder = repositoryWith({ "a.ts": `${lines(limit())}x`, "b.ts": `${lines(limit() - 1)}x` });
    expect(checkLengths(folder)).toEqual([`a.ts has ${limit() + 1} lines, more than ${limit()}`]);
  });

  it("are not checked in binary files", () => {
    expect(checkLengths(repositoryWith({ "a.bin": `\0${lines(limit() + 1)}` }))).toEqual([]);
  });
});
