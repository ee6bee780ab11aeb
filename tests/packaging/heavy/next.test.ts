import { spawn } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { heavyBundlerPath } from "../../../scripts/setup/bundlers.mjs";
import { installPacked, type Project } from "../install.ts";
import { expected, program, startBrowser, type Visitor } from "../page.ts";

const FILES = {
  "app/layout.js":
    "export default function Layout({ children }) { return <html><body>{children}</body></html>; }",
  "app/page.js": `"use client";
    import { useEffect } from "react";
    ${program().replace("run().catch", "const report = () => run().catch").replace("globalThis.report", "(text) => globalThis.report(text)")}
    export default function Page() { useEffect(() => { report(); }, []); return <p>page</p>; }`,
  "app/server/route.js": `${program().replace(/run\(\)\.catch.*\n/, "")}
    export const dynamic = "force-dynamic";
    export const GET = async () => new Response(await run().catch((error) => error.message));`,
};

let project: Project;
let browser: Visitor;
/** The folder of Next and its packages. */
const tools = dirname(heavyBundlerPath("."));
const beside = join(tools, "node_modules/gradloom");

/** Writes the configuration. Without the root Next guesses, by the lockfiles around. */
const configure = (options: object): void => {
  const all = { turbopack: { root: tools }, outputFileTracingRoot: tools, ...options };
  project.write("next.config.mjs", `export default ${JSON.stringify(all)};`);
};

beforeAll(async () => {
  rmSync(beside, { recursive: true, force: true });
  project = installPacked(tools);
  for (const [file, text] of Object.entries(FILES)) project.write(file, text);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  project?.remove();
  rmSync(beside, { recursive: true, force: true });
});

const next = (): string => heavyBundlerPath("next/dist/bin/next");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };

/** Starts a server of Next; returns the results of its page and of its route. */
const results = async (...args: string[]): Promise<{ page: string; route: string }> => {
  const server = spawn(process.execPath, [next(), ...args, "-p", "0"], { cwd: project.folder, env });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = "";
      const read = (chunk: Buffer): void => {
        text += chunk;
        const found = /http:\/\/localhost:\d+/.exec(text);
        if (found && text.includes("Ready")) resolve(found[0]);
      };
      server.stdout.on("data", read);
      server.stderr.on("data", read);
      server.once("exit", () => reject(new Error(text)));
    });
    const route = await (await fetch(`${url}/server`)).text();
    return { page: (await browser.visit(url, 240_000)).result, route };
  } finally {
    server.kill();
  }
};

const native = { page: expected, route: expected.replace("wasm", "native") };

it("a route finds the package in another folder than Next's once it is external, and says so before", async () => {
  configure({});
  expect(await results("dev", "--turbopack")).toEqual({
    page: expected,
    route: expect.stringMatching(/serverExternalPackages/),
  });
  configure({ serverExternalPackages: ["gradloom"] });
  expect(await results("dev", "--turbopack")).toEqual(native);
});

describe("where the package is in the folder of Next, without configuration", () => {
  beforeAll(() => {
    configure({});
    renameSync(join(project.folder, "node_modules/gradloom"), beside);
  });

  it.each(["--turbopack", "--webpack"])("pages and routes run after a build: %s", async (bundler) => {
    project.run(process.execPath, next(), "build", bundler);
    expect(await results("start")).toEqual(native);
  });

  it.each(["--turbopack", "--webpack"])("the dev server runs them: %s", async (bundler) => {
    expect(await results("dev", bundler)).toEqual(native);
  });
});
