import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { root } from "../shell.mjs";

const foundation = ["error", "types", "pytree", "options", "define"];
const composition = [...foundation, "plan", "run", "kernels", "random", "tree"];

/** What the library is made of. A new part is written here, after those that it builds on. */
const library = {
  error: [],
  types: [],
  pytree: ["error", "types"],
  options: ["error", "types", "pytree"],
  define: ["error", "options"],
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
  combine: composition,
  transforms: [...composition, "schedules", "combine", "linear-algebra"],
  optimizers: [...composition, "schedules", "combine", "transforms"],
  contrib: [...composition, "schedules", "combine", "linear-algebra", "transforms", "optimizers"],
  train: [...composition, "engine"],
};

/** What only an entry brings along: nothing else knows of it. */
const devices = { gpu: [...composition, "engine", "train"] };

/**
 * What each part of ts/src may import besides itself: the architecture's arrows, written once.
 * A part is a folder or a file of ts/src; its types count like its code.
 */
export const arrows = {
  ...library,
  index: Object.keys(library),
  ...devices,
  entry: [...foundation, "engine", "train", "gpu", "index"],
};

const part = (file) => file.split("/")[0].replace(/(\.d)?\.ts$/, "");

const sources = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"));

/** The relative imports of a file, type imports too, as paths from ts/src. */
const importsOf = (parser, folder, file) => {
  const { module } = parser.parseSync(file, readFileSync(join(folder, file), "utf8"));
  const exported = module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest));
  const named = [...module.staticImports.map((entry) => entry.moduleRequest), ...exported];
  const paths = named.flatMap((request) => (request ? [request.value] : []));
  return paths.filter((path) => path.startsWith(".")).map((path) => posix.join(dirname(file), path));
};

/** Arrows that point at a later part: they would allow a cycle. */
const backwards = () => {
  const order = Object.keys(arrows);
  return Object.entries(arrows).flatMap(([from, allowed], place) =>
    allowed
      .filter((to) => order.indexOf(to) >= place)
      .map((to) => `the arrow ${from} -> ${to} points backwards`),
  );
};

/** Every import against the arrows. Returns one line for each that is not allowed. */
export const checkLayers = async (folder = join(root, "ts/src")) => {
  const parser = await import("oxc-parser");
  const wrong = sources(folder).flatMap((file) => {
    const from = part(file);
    const allowed = arrows[from];
    if (!allowed) return [`ts/src/${file}: ${from} has no place in scripts/check/layers.mjs`];
    const targets = importsOf(parser, folder, file).filter(
      (to) => part(to) !== from && !allowed.includes(part(to)),
    );
    return [...new Set(targets)].map((to) => `ts/src/${file} may not import ${to}`);
  });
  return [...backwards(), ...wrong];
};
