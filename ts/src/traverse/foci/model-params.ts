import { type Path, requireDict } from "../dict.ts";
import { emptyNode } from "../empty-node.ts";
import { dictEntries } from "../flatten-dict.ts";
import { nest } from "../unflatten-dict.ts";
import type { Focus } from "./focus.ts";

/** Returns whether a parameter is chosen, given its name (`/module/submodule/kernel`) and its value. */
export type ParamFilter<V = unknown> = (name: string, value: V) => boolean;

const OWNER = "ModelParamTraversal";

const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const comparePaths = (a: Path, b: Path): number => {
  const differing = a.findIndex((key, i) => key !== b[i]);
  return differing < 0 ? a.length - b.length : compareKeys(a[differing]!, b[differing] ?? "");
};

/** Selects the values in nested plain objects whose names the filter accepts, in sorted order of their paths. */
export const modelParams = (accepts: ParamFilter): Focus<unknown, unknown> => {
  const selected = (entries: readonly [Path, unknown][]) =>
    [...entries]
      .sort(([a], [b]) => comparePaths(a, b))
      .filter(([path, value]) => value !== emptyNode && accepts(`/${path.join("/")}`, value));
  return {
    iterate: (inputs) => selected(dictEntries(requireDict(OWNER, inputs), false)).map(([, value]) => value),
    update: (fn, inputs) => {
      const entries = dictEntries(requireDict(OWNER, inputs), true);
      const updated = new Map(selected(entries).map(([path, value]) => [path, fn(value)]));
      return nest(entries.map(([path, value]) => [path, updated.has(path) ? updated.get(path) : value]));
    },
  };
};
