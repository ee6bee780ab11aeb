import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { create } from "../../scripts/new.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, "target"), { recursive: true });
const base = mkdtempSync(join(root, "target", "scaffold-"));
for (const folder of ["ts/src", "tests/golden/cases"])
  cpSync(join(root, folder), join(base, folder), { recursive: true });

const read = (path: string): string => readFileSync(join(base, path), "utf8");

describe("npm run new", () => {
  afterAll(() => rmSync(base, { recursive: true }));

  it.each([
    ["optimizer", "my-optimizer", "myOptimizer", [0.1]],
    ["transformation", "scale-by-mine", "scaleByMine", []],
  ])("makes the three places of a new %s", async (kind, name, exported, args) => {
    const [file, index, cases] = create(kind, name, base) as [string, string, string];
    const module = await import(join(base, file));
    const params = { w: new Float32Array(2) };
    expect(JSON.stringify(module[exported](...args).init(params))).toContain('"trace":{"w"');

    const before = readFileSync(join(root, index), "utf8").split("\n");
    const added = read(index)
      .split("\n")
      .filter((line) => !before.includes(line));
    expect(added).toEqual([`export * from "./${name}.ts";`]);
    expect(Object.keys(parse(read(cases))[exported] as object)).toEqual(["default", "options"]);
  });

  it("refuses a name that is taken, or none", () => {
    expect(() => create("optimizer", "adam", base)).toThrow("is there already");
    expect(() => create("optimizer", "My Optimizer", base)).toThrow("Usage");
    expect(() => create("schedule", "mine", base)).toThrow("Usage");
  });
});
