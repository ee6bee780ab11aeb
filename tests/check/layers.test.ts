import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkLayers } from "../../scripts/check/layers.mjs";
import { folderWith } from "./folder.ts";

const error = "export class GradloomError extends Error {}\n";

describe("the layers of ts/src", () => {
  it("allow an import along an arrow", async () => {
    const leaf = 'import { GradloomError } from "../error.ts";\nexport const leaf = GradloomError;\n';
    expect(await checkLayers(folderWith({ "error.ts": error, "pytree/leaf.ts": leaf }))).toEqual([]);
  });

  it.each(["import { leaf }", "import type { Leaf }", "export { leaf }", "export * as leaves"])(
    "refuse one against the arrows: %s",
    async (statement) => {
      const wrong = `${statement} from "./pytree/leaf.ts";\n`;
      const folder = folderWith({ "error.ts": wrong, "pytree/leaf.ts": "export const leaf = 1;\n" });
      expect(await checkLayers(folder)).toEqual(["ts/src/error.ts may not import pytree/leaf.ts"]);
    },
  );

  it("refuse a part without a place", async () => {
    const [problem] = await checkLayers(folderWith({ "misc/mine.ts": "export const mine = 1;\n" }));
    expect(problem).toBe("ts/src/misc/mine.ts: misc has no place in scripts/check/layers.mjs");
  });
});
