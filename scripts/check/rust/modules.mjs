import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterBracket, tokensOf } from "./tokens.mjs";

const isWord = (token) => token !== undefined && /^\w+$/.test(token.text);
const DECLARES = new Set(["fn", "struct", "enum", "trait", "type", "const", "static", "union"]);

/**
 * Makes a module without content:
 * - `file`: the file that it is written in
 * - `path`: the names of the modules from the root to it
 * - `parent`, `children`: the module that holds it, and those that it holds, by name
 * - `source`: the folder of the root's file
 * - `missing`: the child modules without a file, as `{ name, line }`
 * - `declared`: the names of its items
 * - `bound`: the names that `use` binds, each with the path it stands for
 * - `globs`: the paths of `use …::*`
 * - `paths`: all paths in its text, as `{ segments, line }`, those of `use` also with `name` and `shared` (is it `pub`?)
 * - `mentions`: all words outside of `use`
 */
const emptyModule = (file, path, parent) => ({
  ...{ file, path, parent, source: parent?.source ?? dirname(file), children: new Map(), missing: [] },
  ...{ declared: new Set(), bound: new Map(), globs: [], paths: [], mentions: new Set() },
});

/** Finds the file of a module by its path from the root, undefined where there is none: an attribute `path` is not read. */
const fileOf = (source, path) =>
  [`${join(source, ...path)}.rs`, join(source, ...path, "mod.rs")].find(existsSync);

/** Reads a tree of `use` that starts at `i`: calls `leaf(segments, name, line)` for each name; returns the index after it. */
const readUse = (tokens, i, prefix, leaf) => {
  const segments = [...prefix];
  for (; tokens[i].text === "::" || tokens[i].text === "$" || isWord(tokens[i]); i++) {
    if (tokens[i].text === "as") break;
    if (isWord(tokens[i])) segments.push(tokens[i].text);
  }
  const { text, line } = tokens[i];
  if (text === "{") {
    for (i++; tokens[i].text !== "}"; )
      i = tokens[i].text === "," ? i + 1 : readUse(tokens, i, segments, leaf);
    return i + 1;
  }
  if (text === "*") {
    leaf(segments, "*", line);
    return i + 1;
  }
  if (segments.length > 1 && segments.at(-1) === "self") segments.pop();
  leaf(segments, text === "as" ? tokens[i + 1].text : segments.at(-1), tokens[i - 1].line);
  return text === "as" ? i + 2 : i;
};

/** Reads the words of a path that starts at `i`. */
const readPath = (tokens, i) => {
  const segments = [tokens[i].text];
  for (; tokens[i + 1]?.text === "::" && isWord(tokens[i + 2]); i += 2) segments.push(tokens[i + 2].text);
  return segments;
};

/** Fills a module from tokens `start` to `end`. */
const fill = (module, tokens, start, end) => {
  let depth = 0;
  for (let i = start; i < end; i++) {
    const { text, line } = tokens[i];
    const [before, after] = [tokens[i - 1]?.text, tokens[i + 1]];
    if (text === "{") depth++;
    if (text === "}") depth--;
    if (text === "mod" && isWord(after)) {
      const path = [...module.path, after.text];
      const inline = tokens[i + 2].text === "{";
      const file = inline ? module.file : fileOf(module.source, path);
      if (!file) {
        module.missing.push({ name: after.text, line });
        continue;
      }
      const child = emptyModule(file, path, module);
      module.children.set(after.text, child);
      if (!inline) readModule(child);
      if (inline) fill(child, tokens, i + 3, afterBracket(tokens, i + 2) - 1);
      i = inline ? afterBracket(tokens, i + 2) - 1 : i + 2;
    } else if (text === "use" && after?.text !== "<") {
      const shared = before === "pub" || before === ")";
      i = readUse(tokens, i + 1, [], (segments, name, at) => {
        if (name === "*") module.globs.push(segments);
        else module.bound.set(name, segments);
        module.paths.push({ segments, name, line: at, shared });
      });
    } else if (text === "pub" && after?.text === "(") {
      i = afterBracket(tokens, i + 1) - 1; // the path of a visibility is no import
    } else if (isWord(tokens[i])) {
      if (depth === 0 && DECLARES.has(text) && isWord(after)) module.declared.add(after.text);
      if (text === "macro_rules") module.declared.add(tokens[i + 2].text);
      if (before !== "::" && after?.text === "::") module.paths.push({ segments: readPath(tokens, i), line });
      module.mentions.add(text);
    }
  }
};

const readModule = (module) => {
  const tokens = tokensOf(readFileSync(module.file, "utf8"));
  fill(module, tokens, 0, tokens.length);
};

/** Reads a crate from its lib.rs; returns its root module. */
export const readCrate = (file) => {
  const root = emptyModule(file, [], undefined);
  readModule(root);
  return root;
};

/** Lists a module and all below it. */
export const modulesIn = (module) => [module, ...[...module.children.values()].flatMap(modulesIn)];
