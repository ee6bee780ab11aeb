import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folderWith } from "./folder.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Lints files as `npm run check` does, with the settings of this repository. */
const lint = (texts: Readonly<Record<string, string>>) => {
  const cwd = folderWith({ "biome.json": readFileSync(file("../../biome.json"), "utf8"), ...texts });
  const program = file("../../node_modules/@biomejs/biome/bin/biome");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, "check", "--error-on-warnings", "--colors=off", "--vcs-enabled=false"],
    { cwd, encoding: "utf8" },
  );
  return { status, text: stdout + stderr };
};

describe("circles of imports in TypeScript", () => {
  it("an acyclic import passes", () => {
    const a = 'import { b } from "./b.ts";\n\nexport const a = b;\n';
    expect(lint({ "a.ts": a, "b.ts": "export const b = 1;\n" })).toMatchObject({ status: 0 });
  });

  it("are refused, and the import is named", () => {
    const a = 'import { b } from "./b.ts";\n\nexport const a = () => b;\n';
    const b = 'import { a } from "./a.ts";\n\nexport const b = () => a;\n';
    const { status, text } = lint({ "a.ts": a, "b.ts": b });
    expect(status).toBe(1);
    expect(text).toMatch(/b\.ts:1:\d+ lint\/suspicious\/noImportCycles[\s\S]*from "\.\/a\.ts"/);
  });

  it("are refused where they are made of types alone", () => {
    const a = 'import type { B } from "./b.ts";\n\nexport interface A {\n  readonly b: B;\n}\n';
    const b = 'import type { A } from "./a.ts";\n\nexport interface B {\n  readonly a: A;\n}\n';
    const { status, text } = lint({ "a.ts": a, "b.ts": b });
    expect(status).toBe(1);
    expect(text).toMatch(/b\.ts:1:\d+ lint\/suspicious\/noImportCycles[\s\S]*from "\.\/a\.ts"/);
  });

  it("are refused in files with the name of generated ones, too", () => {
    const a = 'import { b } from "./b.gen.ts";\n\nexport const a = () => b;\n';
    const b = 'import { a } from "./a.ts";\n\nexport const b = () => a;\n';
    const { status, text } = lint({ "a.ts": a, "b.gen.ts": b });
    expect(status).toBe(1);
    expect(text).toMatch(/b\.gen\.ts:1:\d+ lint\/suspicious\/noImportCycles/);
  });
});
