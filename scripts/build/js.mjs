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
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { root, Stop, say, tsc } from "../shell.mjs";
import { adapters, peers } from "./adapters.mjs";
import { namespaces } from "./namespaces.mjs";

const dist = (...path) => join(root, "dist", ...path);
const source = (...path) => join(root, "ts/src", ...path);

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** Lists the import paths of the package below its name. */
const paths = () => [...namespaces().map(({ folder }) => folder), ...adapters];

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
      ...paths().map((folder) => ({ in: `subpath:${folder}`, out: `${folder}/index` })),
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
    external: peers,
    plugins: [subpathEntries("browser"), packedWasmBeside],
    logLevel: "warning",
  });
  copyFileSync(dist("wasm/gradloom_bg.wasm"), dist("browser/gradloom_bg.wasm"));
  const packed = gzipSync(readFileSync(dist("wasm/gradloom_bg.wasm")), { level: 9 }).toString("base64");
  write(dist("browser/packed-wasm.js"), `export const packed = "${packed}";\n`);
};

/** The library for Node, with what adapters need of its insides. */
const library = dist("node/library.cjs");

const loadLibrary = () => createRequire(import.meta.url)(library);

/** Returns the relative path from a folder of dist/node to the library. */
const pathToLibrary = (folder) => `${"../".repeat(folder.split("/").length)}library.cjs`;

const list = (names) => `{\n${names.map((name) => `  ${name},\n`).join("")}}`;

/** Builds the library for Node as one file, which holds its state and exports the given modules as `internals`. */
const libraryForNode = async (esbuild, modules) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const imports = modules.map((file, i) => `import * as module${i} from "./${file}";`);
  const internals = modules.map((file, i) => `"${file}": module${i}`);
  await esbuild.build({
    stdin: {
      contents: `${imports.join("\n")}
        export * from "./entry/node.ts";
        export const internals = { ${internals.join(", ")} };`,
      resolveDir: source(),
      loader: "ts",
    },
    outfile: library,
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
};

/** Writes the files of the import paths of the library in both formats: they export parts of the one library. */
const pathsOfLibrary = () => {
  const { internals, ...exported } = loadLibrary();
  const all = list(Object.keys(exported));
  write(dist("node/index.cjs"), `const ${all} = require("./library.cjs");\nmodule.exports = ${all};\n`);
  write(dist("node/index.js"), `export ${all} from "./library.cjs";\n`);
  for (const { name, folder } of namespaces()) {
    const from = pathToLibrary(folder);
    const parts = list(Object.keys(exported[name]));
    write(dist("node", folder, "index.cjs"), `module.exports = require("${from}").${name};\n`);
    write(
      dist("node", folder, "index.js"),
      `import { ${name} } from "${from}";\nexport const ${parts} = ${name};\n`,
    );
  }
};

/** Makes an esbuild plugin that hands each import of a file of the library, from an adapter, to a function that writes a module for it. */
const filesOfLibrary = (moduleFor) => ({
  name: "files-of-library",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, namespace }) => {
      if (namespace !== "file") return { path, external: true };
      const file = relative(source(), join(resolveDir, path)).replaceAll("\\", "/");
      const ofAdapter = adapters.some((folder) => file.startsWith(`${folder}/`));
      return ofAdapter ? undefined : { path: file, namespace: "library" };
    });
    build.onLoad({ filter: /.*/, namespace: "library" }, ({ path }) => ({ contents: moduleFor(path) }));
  },
});

/** How a module of an adapter's bundle takes a file's exports from the library, by format. */
const taken = {
  cjs: (from) => (file) => `module.exports = require("${from}").internals["${file}"];`,
  esm: (from) => (file) => {
    const names = list(Object.keys(loadLibrary().internals[file]));
    return `import { internals } from "${from}";\nexport const ${names} = internals["${file}"];`;
  },
};

const adapterForNode = (esbuild, folder, format, moduleFor, options) =>
  esbuild.build({
    entryPoints: [source(folder, "index.ts")],
    outfile: dist("node", folder, format === "cjs" ? "index.cjs" : "index.js"),
    bundle: true,
    format,
    platform: "node",
    target: "node20",
    sourcemap: true,
    external: peers,
    plugins: [filesOfLibrary(moduleFor)],
    logLevel: "warning",
    ...options,
  });

/** Returns the files of the library that adapters import. */
const filesOfAdapters = async (esbuild) => {
  const files = new Set();
  const collect = (file) => {
    files.add(file);
    return "module.exports = {};";
  };
  for (const folder of adapters) await adapterForNode(esbuild, folder, "cjs", collect, { write: false });
  return [...files].sort();
};

/** Builds the library and the adapters for Node. An adapter has both formats, as its peer may have one only; all share the library. */
const forNode = async (esbuild) => {
  await libraryForNode(esbuild, await filesOfAdapters(esbuild));
  pathsOfLibrary();
  for (const folder of adapters) {
    for (const [format, module] of Object.entries(taken))
      await adapterForNode(esbuild, folder, format, module(pathToLibrary(folder)));
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
  await forNode(esbuild);
  await declarations();
};
