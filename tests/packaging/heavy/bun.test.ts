import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { heavyBundlerPath } from "../../../scripts/setup/bundlers.mjs";
import { installPacked, type Project } from "../install.ts";

let project: Project;
let away: string;
beforeAll(() => {
  project = installPacked();
  away = mkdtempSync(join(tmpdir(), "gradloom-away-"));
});
afterAll(() => {
  project?.remove();
  if (away) rmSync(away, { recursive: true, force: true });
});

const bun = (): string => heavyBundlerPath(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);

const PROGRAM = `import * as gl from "gradloom";
const result = [typeof gl.adam];
try {
  const train = gl.TrainState.create({ params: { w: Float32Array.of(1, 2) }, tx: gl.sgd(0.5) });
  train.applyGradients({ w: Float32Array.of(2, 6) });
  result.push(String(train.params.w), gl.getEngine().name);
} catch (error) {
  result.push(error.code, /external/.test(error.message));
}
console.log(JSON.stringify(result));
`;

it("Bun runs the library", () => {
  project.write("server.js", PROGRAM);
  expect(JSON.parse(project.run(bun(), "server.js"))).toEqual(["function", "0,-1", "native"]);
});

it.each(["node", "bun"])(
  "bun build makes a program that runs, and says what to do without the package: for %s",
  (target) => {
    project.write("server.js", PROGRAM);
    project.run(bun(), "build", "server.js", `--target=${target}`, `--outfile=${target}.mjs`);
    // Bun installs what is missing unless it is told not to.
    const runtime = target === "bun" ? [bun(), "--no-install"] : [process.execPath];
    const run = (file: string): unknown => JSON.parse(project.run(runtime[0]!, ...runtime.slice(1), file));
    expect(run(`${target}.mjs`)).toEqual(["function", "0,-1", "native"]);
    const moved = join(away, `${target}.mjs`);
    cpSync(join(project.folder, `${target}.mjs`), moved);
    // Bun writes the place of each file at build time into the bundle: the package must be gone from there.
    cpSync(join(project.folder, "node_modules"), join(away, "modules"), { recursive: true });
    rmSync(join(project.folder, "node_modules"), { recursive: true });
    try {
      expect(run(moved)).toEqual(["function", "ENGINE_UNAVAILABLE", true]);
    } finally {
      cpSync(join(away, "modules"), join(project.folder, "node_modules"), { recursive: true });
    }
  },
);
