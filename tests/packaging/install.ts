import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = ["--no-audit", "--no-fund", "--loglevel=error"];

/** A user's project, with the packed library installed as from the registry. */
export interface Project {
  readonly folder: string;
  /** The files of the tarball. */
  readonly files: readonly string[];
  write(file: string, text: string): void;
  /** Packs another package of this repository, by its folder, and installs it too. Returns the files of its tarball. */
  add(folder: string): readonly string[];
  /** Runs a program in the project and returns what it prints. */
  run(program: string, ...args: string[]): string;
  remove(): void;
}

/** Packs the built library and installs the tarball into an empty project, in a folder whose own packages it can use. */
export const installPacked = (parent: string = tmpdir()): Project => {
  const folder = mkdtempSync(join(parent, "gradloom-packaging-"));
  const run = (program: string, args: readonly string[], cwd: string): string => {
    try {
      return execFileSync(program, args, { cwd, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`);
    }
  };
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };

  const add = (source: string): readonly string[] => {
    const packed = run(
      "npm",
      ["pack", "--json", "--ignore-scripts", ...npm, "--pack-destination", folder],
      join(root, source),
    );
    const report: unknown = JSON.parse(packed);
    const [tarball] = Object.values(
      report as Record<string, { filename: string; files: { path: string }[] }>,
    );
    run("npm", ["install", "--offline", ...npm, `./${tarball!.filename}`], folder);
    return tarball!.files.map(({ path }) => path);
  };

  write("package.json", JSON.stringify({ name: "consumer", version: "1.0.0", private: true }));
  return {
    folder,
    files: add("."),
    write,
    add,
    run: (program, ...args) => run(program, args, folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Returns the path of a tool in this repository's node_modules. */
export const tool = (path: string): string => join(root, "node_modules", path);
