import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run, say } from "../shell.mjs";

const isWindows = process.platform === "win32";

/** Returns the folder of the virtual environment for a file of requirements: one for each state of the file. */
const folderFor = (name, requirements) => {
  const state = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "gradloom", `${name}-${state}`);
};

/** Returns the Python of the virtual environment for a file of requirements, undefined where it has not been made. */
export const findPython = (name, requirements) => {
  const folder = folderFor(name, requirements);
  return existsSync(join(folder, "complete")) ? pythonIn(folder) : undefined;
};

const pythonIn = (folder) => join(folder, isWindows ? "Scripts/python.exe" : "bin/python");

/** Runs the pip of a virtual environment. */
export const pip = (python, ...args) => run(python, ["-m", "pip", "--disable-pip-version-check", ...args]);

/**
 * Makes a virtual environment with exactly the pinned packages, once per state of the file that pins them, and returns its Python.
 *
 * @param install - installs the packages with this Python, by default with pip from the file
 */
export const virtualEnvironment = (
  name,
  requirements,
  install = (python) => pip(python, "install", "--quiet", "-r", requirements),
) => {
  const found = findPython(name, requirements);
  if (found) return found;
  const folder = folderFor(name, requirements);
  say(`${name.padEnd(8)} installing into ${folder} (once)`);
  run(isWindows ? "python" : "python3", ["-m", "venv", "--clear", folder]);
  const python = pythonIn(folder);
  install(python);
  writeFileSync(join(folder, "complete"), readFileSync(requirements));
  return python;
};
