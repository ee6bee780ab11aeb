import { join } from "node:path";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { adapters } from "../../scripts/build/adapters.mjs";
import * as gl from "../../ts/src/entry/node.ts";
import { exportedNames, exportedValues, sources } from "./exports.ts";

const isNamespace = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === "[object Module]";

/** Lists the names that the module exports at run time, those of its namespaces included. */
const runtimeNames = (object: object, prefix = ""): string[] =>
  Object.entries(object).flatMap(([name, value]) =>
    isNamespace(value) ? runtimeNames(value, `${prefix}${name}.`) : [prefix + name],
  );

/** The names that the entry for Node exports beside the index. */
const PLATFORM = ["init", "nativeEngine", "wasmEngine", "gpu.native", "gpu.webgpu"];

describe("documentation", () => {
  it("the reading of the sources finds what the module exports", () => {
    expect([...exportedNames(), ...PLATFORM].sort()).toEqual(runtimeNames(gl).sort());
  });

  const ofAdapters = (adapters as string[]).flatMap((folder) =>
    exportedValues(join(sources, folder, "index.ts")).map((value) => ({
      ...value,
      name: `${value.name} of gradloom/${folder}`,
    })),
  );
  for (const { name, doc, file } of [...exportedValues(), ...ofAdapters]) {
    it(`${name} is documented`, () => {
      expect(doc, `${file}: no doc comment before ${name}`).not.toBeNull();
      expect(doc, `${file}: no @example for ${name}`).toMatch(/^\s*\* @example$/m);
      expect(doc, `${file}: ${name} still has the template's text`).not.toMatch(
        /One sentence that says|@see the paper/,
      );
    });
  }
});
