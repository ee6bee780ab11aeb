import { root, Stop } from "../shell.mjs";
import { filesIn, readIn } from "./files.mjs";

/** Reads from CONTRIBUTING.md how many lines a file may have. */
export const limit = () => {
  const [, lines] = readIn(root, "CONTRIBUTING.md").match(/at most (\d+) lines/) ?? [];
  if (!lines) throw new Stop("CONTRIBUTING.md no longer says how long a file may be: `at most N lines`.");
  return Number(lines);
};

const generated =
  /^(package-lock\.json|Cargo\.lock|LICENSE-.*|docs\/parity\.md|tests\/golden\/fixtures\/.*)$/;

/** Compares every text file that git tracks or would add with the limit. Returns one line for each that is longer. */
export const checkLengths = (folder = root) => {
  const most = limit();
  return filesIn(folder)
    .filter((file) => /\.(ts|mjs|rs|py|toml|json|md|html|css)$/.test(file) && !generated.test(file))
    .map((file) => [file, readIn(folder, file).split("\n").length - 1])
    .filter(([, lines]) => lines > most)
    .map(([file, lines]) => `${file} has ${lines} lines, more than ${most}`);
};
