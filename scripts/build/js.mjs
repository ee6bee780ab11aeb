import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
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

/** An esbuild plugin that leaves the script with the packed module out of the files that import it. */
const packedWasmBeside = {
  name: "packed-wasm-beside",
  setup(build) {
    build.onResolve({ filter: /^#packed-wasm$/ }, () => ({ path: "./packed-wasm.js", external: true }));
  },
};

/** Builds the ES modules for browsers: files that share code, the WebAssembly module, and a script that holds it as well. */
const forBrowsers = async (esbuild) => {
  await esbuild.build({
    entryPoints: [
      { in: source("entry/browser.ts"), out: "index" },
      ...namespaces().map(({ folder }) => ({ in: `subpath:${folder}`, out: `${folder}/index` })),
    ],
    outdir: dist("browser"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    sourcemap: true,
    sourcesContent: true,
    alias: { "#wasm": dist("wasm/gradloom.js") },
    plugins: [subpathEntries("browser"), packedWasmBeside],
    logLevel: "warning",
  });
  copyFileSync(dist("wasm/gradloom_bg.wasm"), dist("browser/gradloom_bg.wasm"));
  const packed = gzipSync(readFileSync(dist("wasm/gradloom_bg.wasm")), { level: 9 }).toString("base64");
  write(dist("browser/packed-wasm.js"), `export const packed = "${packed}";\n`);
};

/** Builds the CommonJS files: one holds the library and its state, and those of the import paths return parts of it. */
const commonJs = async (esbuild) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  await esbuild.build({
    entryPoints: [source("entry/node.ts")],
    outfile: dist("node/index.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    sourcemap: true,
    define: { "import.meta.url": "importMetaUrl", GRADLOOM_VERSION: JSON.stringify(version) },
    // Bundlers that write ES modules leave no __filename.
    banner: { js: 'const importMetaUrl = typeof __filename === "string" ? __filename : undefined;' },
    logLevel: "warning",
  });
  for (const { name, folder } of namespaces()) {
    write(
      dist("node", folder, "index.cjs"),
      `module.exports = require("${toTop(folder)}index.cjs").${name};\n`,
    );
  }
};

/** Returns the relative path from a folder of dist/node to dist/node. */
const toTop = (folder) => "../".repeat(folder.split("/").length);

/** Writes the ES modules for Node: they export what the CommonJS files hold, so that a program that uses both has one library. */
const modulesOfCommonJs = () => {
  const library = createRequire(import.meta.url)(dist("node/index.cjs"));
  const names = (exported) =>
    `{\n${Object.keys(exported)
      .map((name) => `  ${name},\n`)
      .join("")}}`;
  write(dist("node/index.js"), `export ${names(library)} from "./index.cjs";\n`);
  for (const { name, folder } of namespaces()) {
    const text = `import { ${name} } from "${toTop(folder)}index.cjs";\nexport const ${names(library[name])} = ${name};\n`;
    write(dist("node", folder, "index.js"), text);
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
  const asset =
    'import type { WasmSource } from "./entry/wasm-source.js";\n\ndeclare const source: WasmSource;\n';
  write(dist("types-cjs/gradloom_bg.wasm.d.ts"), `${asset}export = source;\n`);
};

/** Builds the library for browsers as ES modules, for Node as CommonJS with ES modules that export it, and its types. */
export const buildJs = async () => {
  if (!existsSync(dist("wasm/gradloom.js")))
    throw new Stop("dist/wasm is missing: run `npm run build wasm` first.");
  say("build    js: dist/node, dist/browser, dist/types");
  const esbuild = await import("esbuild");
  for (const folder of ["node", "browser", "types", "types-cjs"])
    rmSync(dist(folder), { recursive: true, force: true });
  await forBrowsers(esbuild);
  await commonJs(esbuild);
  modulesOfCommonJs();
  await declarations();
};
