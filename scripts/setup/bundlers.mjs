import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, run, say, toolsDir } from "../shell.mjs";

/** The tools that bundle and run the packed library in its tests: a folder here with package.json and a lockfile, and a name. */
const light = { source: "tests/packaging/tools", name: "bundlers" };
const heavy = { source: "tests/packaging/heavy/tools", name: "bundlers-heavy" };

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

/** Returns the folder that npm installs the tools into: outside of the repository, and shared by all checkouts. */
const folderOf = ({ name }) => join(dirname(toolsDir), name);

/** Returns the path of a tool that the packaging tests use. */
export const bundlerPath = (path) => join(folderOf(light), "node_modules", path);
/** Returns the path of a tool that `npm run test:bundlers` uses. */
export const heavyBundlerPath = (path) => join(folderOf(heavy), "node_modules", path);

const install = (tools) => {
  const folder = folderOf(tools);
  const wanted = (file) => join(root, tools.source, file);
  const done = join(folder, "installed.json");
  if (read(done) === read(wanted("package-lock.json"))) return say(`${tools.name.padEnd(8)} ${folder}`);
  say(`${tools.name.padEnd(8)} npm ci into ${folder} (once, about a minute)`);
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(wanted(file), join(folder, file));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["ci", ...flags], { cwd: folder });
  copyFileSync(wanted("package-lock.json"), done);
};

export const setupBundlers = () => install(light);
export const setupHeavyBundlers = () => install(heavy);
