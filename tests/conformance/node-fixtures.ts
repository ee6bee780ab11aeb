import { readdirSync, readFileSync } from "node:fs";
import { readRows } from "./rows.ts";

const golden = new URL("../golden/", import.meta.url);
const cache = new Map<string, unknown>();

/** Reads a file of tests/golden/fixtures, each once. */
export const load = (file: string): unknown => {
  if (!cache.has(file))
    cache.set(file, JSON.parse(readFileSync(new URL(`fixtures/${file}`, golden), "utf8")));
  return cache.get(file);
};

const tables = ["cases.toml", ...readdirSync(new URL("cases/", golden)).map((name) => `cases/${name}`)];

/** The rows of all tables. */
export const rows = tables.flatMap((name) => readRows(readFileSync(new URL(name, golden), "utf8")));
