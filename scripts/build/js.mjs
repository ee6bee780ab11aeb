import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, Stop, say, tsc } from "../shell.mjs";
import { namespaces } from "./namespaces.mjs";

const dist = (...path) => join(root, "dist", ...path);
const source = (...path) => join(root, "ts/src", ...path);

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** Makes an esbuild plugin for import paths such as `gradloom/tree`: each also imports the entry, which registers the engines. */
const subpathEntries = (entry) => ({
  name: "subpath-entries",
  setup(build) {
    build.onResolve({ filter: /^subpath:/ }, ({ path }) => ({ path: path.slice(8), namespace: "subpath" }));
    build.onLoad({ filter: /.*/, namespace: "subpath" }, ({ path }) => ({
      contents: `import "./entry/${entry}.ts"; export * from "./${path}/index.ts";`,
      resolveDir: source(),
      loader: "ts",
    }));
  },
});

const modules = (esbuild, entry, options) =>
  esbuild.build({
    entryPoints: [
      { in: source("entry", `${entry}.ts`), out: "index" },
      ...namespaces().map(({ folder }) => ({ in: `subpath:${folder}`, out: `${folder}/index` })),
    ],
    outdir: dist(entry),
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    sourcesContent: true,
    alias: { "#wasm": dist("wasm/gradloom.js") },
    plugins: [subpathEntries(entry)],
    logLevel: "warning",
    ...options,
  });

/** Builds the CommonJS files: one holds the library and its state, and those of the import paths return parts of it. */
const commonJs = async (esbuild) => {
  await esbuild.build({
    entryPoints: [source("entry/node.ts")],
    outfile: dist("node/index.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    sourcemap: true,
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
  });
  for (const { name, folder } of namespaces()) {
    const up = "../".repeat(folder.split("/").length);
    write(dist("node", folder, "index.cjs"), `module.exports = require("${up}index.cjs").${name};\n`);
  }
};

const declarations = async () => {
  if (!tsc("--project", "scripts/build/tsconfig.types.json")) throw new Stop("The types do not compile.");
  const { documented } = await import("./option-docs.mjs");
  for (const file of readdirSync(dist("types"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".d.ts")) continue;
    write(dist("types", file), documented(dist("types", file), source(file.replace(/\.d\.ts$/, ".ts"))));
  }
  cpSync(dist("types"), dist("types-cjs"), { recursive: true });
  write(dist("types-cjs/package.json"), '{ "type": "commonjs" }\n');
};

/** Builds the library as ES modules for Node and for bundlers, as CommonJS for Node, and its types. */
export const buildJs = async () => {
  if (!existsSync(dist("wasm/gradloom.js")))
    throw new Stop("dist/wasm is missing: run `npm run build wasm` first.");
  say("build    js: dist/node, dist/browser, dist/types");
  const esbuild = await import("esbuild");
  for (const folder of ["node", "browser", "types", "types-cjs"])
    rmSync(dist(folder), { recursive: true, force: true });
  await modules(esbuild, "node", { platform: "node" });
  await modules(esbuild, "browser", { platform: "browser" });
  await commonJs(esbuild);
  copyFileSync(dist("wasm/gradloom_bg.wasm"), dist("browser/gradloom_bg.wasm"));
  await declarations();
};
