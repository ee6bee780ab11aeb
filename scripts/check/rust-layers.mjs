import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../shell.mjs";
import { circlesIn } from "./rust/circles.mjs";
import { modulesIn, readCrate } from "./rust/modules.mjs";
import { importsOf } from "./rust/resolve.mjs";

/**
 * The layers of each crate, from the lowest to the highest: modules of its root, of which each may import those before it. A new
 * module is written here, after all modules that it imports.
 */
export const layers = {
  "crates/core": [
    ...["lanes", "sums", "error", "threads", "formulas", "leafwise"],
    ...["plan", "compile", "execute", "lib"],
  ],
  "crates/gpu": [
    ...["error", "gpu_plan", "arena", "builder", "chunks", "wgsl", "pass", "shader", "folds"],
    ...["stream", "leafwise", "lower", "executor", "lib"],
  ],
  "crates/safetensors": ["error", "header", "read", "write", "lib"],
};

const here = "scripts/check/rust-layers.mjs";

/** Returns the layer of a module: the module of the root that it lies in, or `lib`. */
const layerOf = (module) => module.path[0] ?? "lib";

/** Lists modules without a layer, and layers without a module. */
const unplaced = (crate, order, modules) => {
  const found = new Set(modules.map(layerOf));
  return [
    ...[...found]
      .filter((name) => !order.includes(name))
      .map((name) => `${crate}: ${name} has no layer in ${here}`),
    ...order
      .filter((name) => !found.has(name))
      .map((name) => `${crate}: ${here} has a layer ${name}, the crate has not`),
  ];
};

/** Returns the fault of one import in a crate with these layers, undefined where it has none. */
const complaint = ({ module, target, where, text, passesRoot }, order) => {
  if (passesRoot) {
    const home = ["crate", ...target.path, text.split("::").at(-1)].join("::");
    return `${where} may not import ${text} from lib.rs: import it from its module, ${home}`;
  }
  const [own, other] = [module, target].map(layerOf);
  return order.indexOf(other) > order.indexOf(own)
    ? `${where} may not import ${text}: ${other} is a layer above ${own}`
    : undefined;
};

const describeCircle = (circle) =>
  `circle: ${circle.map(({ where, text }) => `${where} imports ${text}`).join(", ")}`;

const checkCrate = (base, crate, order) => {
  const placeIn = (file, line) => `${relative(base, file).replaceAll("\\", "/")}:${line}`;
  const modules = modulesIn(readCrate(join(base, crate, "src/lib.rs")));
  const missing = modules.flatMap((module) =>
    module.missing.map(({ name, line }) => `${placeIn(module.file, line)}: the module ${name} has no file`),
  );
  const imports = modules
    .flatMap(importsOf)
    .map((found) => ({ ...found, where: placeIn(found.from, found.line) }));
  const complaints = imports.flatMap((found) => complaint(found, order) ?? []);
  const circles = circlesIn(imports).map(describeCircle);
  return [...missing, ...unplaced(crate, order, modules), ...complaints, ...circles];
};

/** Lists the crates in `crates`, by their path. */
const cratesIn = (base) =>
  readdirSync(join(base, "crates"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `crates/${name}`);

/** Checks each crate's imports of its own modules: against its layers, and for circles of files. Returns one line for each problem. */
export const checkRustLayers = (base = root, table = layers) => {
  const crates = cratesIn(base);
  const gone = Object.keys(table).filter((crate) => !crates.includes(crate));
  return [
    ...gone.map((crate) => `${here} has layers of ${crate}, which is not there`),
    ...crates.flatMap((crate) =>
      table[crate] ? checkCrate(base, crate, table[crate]) : [`${crate} has no layers in ${here}`],
    ),
  ];
};
