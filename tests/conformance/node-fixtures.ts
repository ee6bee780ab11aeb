import { readFileSync } from "node:fs";
import { readRows } from "./rows.ts";

const golden = new URL("../golden/", import.meta.url);
const cache = new Map<string, unknown>();

/** Reads a fixture from disk, each once. */
export const load = (file: string): unknown => {
  if (!cache.has(file))
    cache.set(file, JSON.parse(readFileSync(new URL(`fixtures/${file}`, golden), "utf8")));
  return cache.get(file);
};

/** The rows of the table. */
export const rows = readRows(readFileSync(new URL("cases.toml", golden), "utf8"));
