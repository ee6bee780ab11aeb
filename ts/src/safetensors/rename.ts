import { GradloomError } from "../error.ts";
import { doYouMean } from "../nearest.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

/** The new path of a part of the parameters, given the old one; null where it is dropped. Or pairs of an old and a new path. */
export type Rename = Readonly<Record<string, string | null>> | ((path: string) => string | null);

/** Makes the function from an old path to the new one. */
export const renaming = (
  rename: Rename | null,
  old: readonly string[],
): ((path: string) => string | null) => {
  if (rename === null) return (path) => path;
  if (typeof rename === "function") return rename;
  if (!isPlainObject(rename)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(rename)}.`, {
      path: "carryOver.rename",
      remedy: 'Pass an object of old and new paths, such as { encoder: "backbone" }, or a function.',
    });
  }
  const rest = (path: string, start: string): string | undefined => {
    if (!path.startsWith(start)) return undefined;
    const end = path.slice(start.length);
    return end === "" || end.startsWith(".") || end.startsWith("[") ? end : undefined;
  };
  for (const from of Object.keys(rename)) {
    if (old.some((path) => rest(path, from) !== undefined)) continue;
    throw new GradloomError("INVALID_HYPERPARAMETER", "the checkpoint has no such part.", {
      path: `carryOver.rename[${JSON.stringify(from)}]`,
      remedy: `${doYouMean(from, old)}Write the path of a leaf or of a part, such as ${old[0] ?? "encoder"}.`,
    });
  }
  // The longest path that fits says most.
  const rows = Object.entries(rename).sort(([a], [b]) => b.length - a.length);
  return (path) => {
    for (const [from, to] of rows) {
      const end = rest(path, from);
      if (end !== undefined) return to === null ? null : `${to}${end}`;
    }
    return path;
  };
};
