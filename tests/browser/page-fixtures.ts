import { readRows } from "../conformance/rows.ts";

const tables = import.meta.glob<string>(["../golden/cases.toml", "../golden/cases/*.toml"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const fixtures = import.meta.glob<string>("../golden/fixtures/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Reads a file of tests/golden/fixtures. */
export const load = (file: string): unknown => {
  const text = fixtures[`../golden/fixtures/${file}`];
  if (text === undefined) throw new Error(`no fixture ${file}`);
  return JSON.parse(text);
};

/** The rows of all tables. */
export const rows = Object.values(tables).flatMap(readRows);
