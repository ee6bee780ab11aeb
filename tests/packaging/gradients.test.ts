import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked, type Project, root } from "./install.ts";

/** A program of docs/gradients.md. */
interface Program {
  readonly title: string;
  readonly code: string;
}

const page = readFileSync(join(root, "docs/gradients.md"), "utf8");

const programs: readonly Program[] = page.split(/^## /m).flatMap((section) => {
  const code = /^```js\n([\s\S]*?)^```$/m.exec(section)?.[1];
  return code === undefined ? [] : [{ title: section.slice(0, section.indexOf("\n")), code }];
});

/** What a page has and Node lacks: WebGPU, by Dawn. */
const asInPages = `import { create, globals } from "webgpu";
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) }, configurable: true });
`;

/** Returns what a program says, in comments, that it prints. */
const promised = (code: string): string =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");

let project: Project;
beforeAll(() => {
  project = installPacked();
  for (const peer of ["@tensorflow", "@jax-js", "webgpu"])
    symlinkSync(join(root, "node_modules", peer), join(project.folder, "node_modules", peer), "dir");
  project.write("as-in-pages.mjs", asInPages);
});
afterAll(() => project?.remove());

describe("the programs of the page on gradients", () => {
  it("are all there", () => {
    expect(programs.length).toBe([...page.matchAll(/^## /gm)].length);
  });

  it.each(programs)("$title", { timeout: 120_000 }, ({ code }) => {
    project.write("program.mjs", `${code}\nprocess.exit(0);\n`);
    const said = promised(code);
    expect(said).not.toBe("");
    expect(project.run(process.execPath, "--import", "./as-in-pages.mjs", "program.mjs")).toBe(said);
  });
});
