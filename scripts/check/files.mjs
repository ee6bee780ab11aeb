import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../shell.mjs";

/** Lists the files below a folder that git tracks or would add, by their path from it. */
export const filesIn = (folder) =>
  output("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: folder })
    .split("\n")
    .filter((file) => existsSync(join(folder, file)));

export const readIn = (folder, file) => readFileSync(join(folder, file), "utf8");
