import { readdirSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import * as gl from "../../ts/src/entry/node.ts";

const golden = new URL("../golden/", import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, golden), "utf8");

const tableOf = (path: string) => parse(read(path)) as unknown as Record<string, object>;

/** Returns the value of gradloom at a path. */
export const valueAt = (path: string): unknown =>
  path.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)?.[key], gl);

const files = [
  "cases.toml",
  "functions.toml",
  ...readdirSync(new URL("cases", golden)).map((name) => `cases/${name}`),
];

const schedules = Object.values(tableOf("schedules.toml")) as readonly { readonly ours: string }[];

/** The functions and classes that have a row of their own: one that compares them with Optax. */
const compared = new Set<unknown>([
  ...files.flatMap((file) => Object.keys(tableOf(file))).map(valueAt),
  ...schedules.map(({ ours }) => valueAt(/^(?:new )?gl\.([\w.]+)/.exec(ours)?.[1] ?? "")),
]);

const typesIn = (fixture: string): string[] => {
  const { types = {} } = JSON.parse(read(`fixtures/${fixture}`)) as { types?: Record<string, string> };
  return Object.values(types);
};

/**
 * The types of states, and of their parts, that a row compares with Optax: those in fixtures, with the paths of their fields, and those
 * that a row looks for by name.
 */
const stateTypes = new Set([
  ...readdirSync(new URL("fixtures", golden)).flatMap(typesIn),
  ...[...read("functions.toml").matchAll(/"(\w+State)"/g)].map(([, name]) => name),
]);

/** The types that tests/types/api.ts names, where the compiler checks them. */
const compiled = new Set(
  [...readFileSync(new URL("../types/api.ts", import.meta.url), "utf8").matchAll(/\bgl\.([\w.]+)/g)].map(
    ([, name]) => name,
  ),
);

/** Returns whether a case of its own compares a name with Optax: a value by a row, a type by a state in a fixture or by the compiler. */
export const isCompared = (ours: string): boolean => {
  const value = valueAt(ours);
  if (value !== undefined) return compared.has(value);
  const type = ours.split(".").at(-1) as string;
  return stateTypes.has(type) || compiled.has(ours);
};
