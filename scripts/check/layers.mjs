import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { adapters as importPaths } from "../build/adapters.mjs";
import { root } from "../shell.mjs";
import { importsOf } from "./imports.mjs";

const foundation = [
  ...["portable", "brand", "error", "types", "show", "nearest", "derived-schedule"],
  ...["pytree", "options", "define"],
];
const composition = [...foundation, "plan", "run", "kernels", "random", "tree"];

/** The parts of the library, each after those that it imports. */
const library = {
  portable: [],
  brand: [],
  error: ["brand"],
  types: [],
  show: [],
  nearest: [],
  "derived-schedule": ["types"],
  pytree: ["brand", "error", "types", "show", "nearest"],
  options: ["error", "types", "show", "nearest", "derived-schedule", "pytree"],
  define: ["error", "show", "pytree", "options"],
  random: foundation,
  schedules: foundation,
  traverse: foundation,
  plan: foundation,
  engine: foundation,
  run: [...foundation, "plan", "engine"],
  kernels: [...foundation, "plan", "run"],
  tree: [...foundation, "plan", "run", "kernels", "random"],
  "linear-algebra": [...foundation, "random", "tree"],
  assignment: foundation,
  numerics: composition,
  projections: composition,
  perturbations: composition,
  combine: [...composition, "schedules"],
  transforms: [...composition, "schedules", "combine", "linear-algebra"],
  optimizers: [...composition, "schedules", "combine", "transforms"],
  contrib: [...composition, "schedules", "combine", "linear-algebra", "transforms", "optimizers"],
  train: [...composition, "engine"],
};

/** Parts that only `entry` and adapters import. */
const devices = { gpu: [...composition, "engine", "train"] };

/** What adapters import of each other. */
const amongAdapters = { tfjs: ["safetensors"] };

/** Parts with an import path of their own: they use the library, which does not know them. */
const adapters = Object.fromEntries(
  importPaths
    .filter((path) => !path.includes("/"))
    .map((path) => [path, [...Object.keys(library), "gpu", ...(amongAdapters[path] ?? [])]]),
);

/**
 * The parts that each part of ts/src may import besides itself: the architecture's arrows, written once.
 * A part is a folder or a file of ts/src; its types count like its code.
 */
export const arrows = {
  ...library,
  index: Object.keys(library),
  ...devices,
  ...adapters,
  entry: [...foundation, "engine", "train", "gpu", "index"],
};

/** The file that asks for modules of Node. No file imports one: where bundlers move the library, the import would throw. */
const loader = "engine/binary.ts";

const part = (file) => file.split("/")[0].replace(/(\.d)?\.ts$/, "");

const isTest = (file) => /\.test\.ts$/.test(file);

const sources = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isTest(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"));

/** Returns the path from ts/src of an imported file, undefined for a package. The name of this library is returned as it is. */
const targetOf = (file, name) => {
  if (name.startsWith(".")) return posix.join(posix.dirname(file), name);
  return /^(gradloom(\/|$)|\/|node:|module$)/.test(name) ? name : undefined;
};

/** Checks one file's imports. Returns one line for each that is not allowed. */
const checkFile = (parser, folder, file) => {
  const from = part(file);
  const allowed = arrows[from];
  if (!file.endsWith(".ts")) return [`ts/src/${file}: only files .ts are checked for their imports`];
  if (!allowed) return [`ts/src/${file}: ${from} has no place in scripts/check/layers.mjs`];
  const { names, refused } = importsOf(parser, file, readFileSync(join(folder, file), "utf8"));
  const targets = names.flatMap((name) => targetOf(file, name) ?? []);
  const wrong = targets.filter((to) => isTest(to) || (part(to) !== from && !allowed.includes(part(to))));
  return [
    ...[...new Set(wrong)].map((to) => `ts/src/${file} may not import ${to}`),
    ...refused
      .filter((text) => !(file === loader && text.startsWith("process.getBuiltinModule(")))
      .map((text) => `ts/src/${file}: make \`${text}\` an import statement`),
  ];
};

/** Lists the arrows that do not point at an earlier part: they would allow a cycle. */
const backwards = () => {
  const order = Object.keys(arrows);
  return Object.entries(arrows).flatMap(([from, allowed], place) =>
    allowed
      .filter((to) => order.indexOf(to) >= place)
      .map((to) => `the arrow ${from} -> ${to} points backwards`),
  );
};

/** Checks every import of ts/src against the arrows. Returns one line for each that is not allowed. */
export const checkLayers = async (folder = join(root, "ts/src")) => {
  const parser = await import("oxc-parser");
  return [...backwards(), ...sources(folder).flatMap((file) => checkFile(parser, folder, file))];
};
