import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { root } from "../shell.mjs";

const foundation = ["error", "types", "options"];
const composition = [...foundation, "tree", "engine", "plan"];

/**
 * What each part of ts/src may import besides itself: the architecture's arrows, written once.
 * A part is a folder or a file of ts/src; types of a part count like its code.
 */
export const arrows = {
  error: [],
  types: [],
  options: foundation,
  tree: foundation,
  engine: foundation,
  schedules: [...foundation, "tree"],
  traverse: [...foundation, "tree"],
  plan: [...foundation, "tree", "engine"],
  combine: composition,
  transforms: [...composition, "combine", "schedules"],
  optimizers: [...composition, "combine", "schedules", "transforms"],
  "train-state": composition,
  index: "*",
  entry: [...foundation, "engine", "index"],
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

/** Every import against the arrows. Returns one line for each that is not allowed. */
export const checkLayers = async () => {
  const parser = await import("oxc-parser");
  const folder = join(root, "ts/src");
  return sources(folder).flatMap((file) => {
    const from = part(file);
    const allowed = arrows[from];
    if (!allowed) return [`ts/src/${file}: ${from} has no place in scripts/check/layers.mjs`];
    if (allowed === "*") return [];
    const wrong = importsOf(parser, folder, file).filter((to) => part(to) !== from && !allowed.includes(part(to)));
    return [...new Set(wrong)].map((to) => `ts/src/${file} may not import ${to}`);
  });
};
