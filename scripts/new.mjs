import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  camelCase,
  optimizerFile,
  optimizerRows,
  transformationFile,
  transformationRows,
} from "./new/templates.mjs";
import { isMain, main, root, Stop, say } from "./shell.mjs";

/** The kinds of things that can be made: the folder of the file and its index, the file of the golden rows, and the templates. */
const KINDS = {
  optimizer: { folder: "ts/src/optimizers", cases: "aliases.toml", file: optimizerFile, rows: optimizerRows },
  transformation: {
    folder: "ts/src/transforms",
    cases: "scaling.toml",
    file: transformationFile,
    rows: transformationRows,
  },
};

const specifier = (line) => line.split('"').at(-2)?.replace(/\.ts$/, "") ?? "";

/** Inserts a line of an index in the order of module names. */
const insertLine = (path, line) => {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const at = lines.findIndex((other) => specifier(other) > specifier(line));
  lines.splice(at < 0 ? lines.length : at, 0, line);
  writeFileSync(path, `${lines.join("\n")}\n`);
};

/** Makes a new optimizer or transformation: its file, its line in the index and its golden rows. Returns the three paths. */
export const create = (kind, name, base = root) => {
  const known = KINDS[kind];
  if (!known || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? "")) {
    throw new Stop(
      `Usage: npm run new -- ${Object.keys(KINDS).join("|")} NAME, with NAME in kebab-case: my-optimizer.`,
    );
  }
  const path = join(base, known.folder, `${name}.ts`);
  if (existsSync(path)) throw new Stop(`${known.folder}/${name}.ts is there already.`);
  const cases = join("tests/golden/cases", known.cases);
  writeFileSync(path, known.file(camelCase(name)));
  insertLine(join(base, known.folder, "index.ts"), `export * from "./${name}.ts";`);
  appendFileSync(join(base, cases), `\n${known.rows(camelCase(name))}`);
  return [`${known.folder}/${name}.ts`, `${known.folder}/index.ts`, cases];
};

if (isMain(import.meta)) {
  await main(async () => {
    const [kind, name] = process.argv.slice(2);
    for (const place of create(kind, name)) say(`wrote ${place}`);
    say(
      "Next: the formula, its documentation and ranges; a reference in tests/golden/adapters.py if Optax has none;",
    );
    say("then `npm run golden -- --write` and `npm test`.");
  });
}
