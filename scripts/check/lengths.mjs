import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { output, root } from "../shell.mjs";

const limit = 350;
const generated =
  /^(package-lock\.json|Cargo\.lock|LICENSE-.*|docs\/parity\.md|tests\/golden\/fixtures\/.*)$/;

/** Every text file that git knows or would add, against the limit. Returns one line for each that is longer. */
export const checkLengths = () => {
  const files = output("git", ["ls-files", "--cached", "--others", "--exclude-standard"]).split("\n");
  return files
    .filter((file) => /\.(ts|mjs|rs|py|toml|json|md|html|css)$/.test(file) && !generated.test(file))
    .filter((file) => existsSync(join(root, file)))
    .map((file) => [file, readFileSync(join(root, file), "utf8").split("\n").length - 1])
    .filter(([, lines]) => lines > limit)
    .map(([file, lines]) => `${file} has ${lines} lines, more than ${limit}`);
};
