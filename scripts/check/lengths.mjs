import { root, Stop } from "../shell.mjs";
import { filesIn, readIn } from "./files.mjs";

/** Reads from CONTRIBUTING.md how many lines a file may have. */
export const limit = () => {
  const [, lines] = readIn(root, "CONTRIBUTING.md").match(/at most (\d+) lines/) ?? [];
  if (!lines) throw new Stop("CONTRIBUTING.md no longer says how long a file may be: `at most N lines`.");
  return Number(lines);
};

/** The files that no one writes by hand. */
const generated =
  /^((.*\/)?package-lock\.json|Cargo\.lock|LICENSE-.*|docs\/parity\.md|tests\/golden\/fixtures\/.*|crates\/\w+\/tests\/golden\/.*)$/;

const isBinary = (text) => text.includes("\0");

/** Counts lines, the last one too where no line break ends it. */
const linesOf = (text) => text.replace(/\n$/, "").split("\n").length;

/** Compares every text file that git tracks or would add with the limit. Returns one line for each that is longer. */
export const checkLengths = (folder = root) => {
  const most = limit();
  return filesIn(folder)
    .filter((file) => !generated.test(file))
    .map((file) => [file, readIn(folder, file)])
    .filter(([, text]) => !isBinary(text) && linesOf(text) > most)
    .map(([file, text]) => `${file} has ${linesOf(text)} lines, more than ${most}`);
};
