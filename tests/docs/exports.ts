import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

/** The folder of the library's sources. */
export const sources = fileURLToPath(new URL("../../ts/src/", import.meta.url));

/** One exported value of the library: function, class or constant. */
export interface ExportedValue {
  /** The shortest of its names: `adamw`, or `tree.norm` for a member of an exported namespace. */
  readonly name: string;
  /** The file that declares it, relative to ts/src. */
  readonly file: string;
  /** The name that it has there. */
  readonly local: string;
  /** The text of its doc comment. */
  readonly doc: string | null;
}

interface Declaration {
  readonly file: string;
  readonly local: string;
}

const modules = new Map<string, ReturnType<typeof parse>>();

const parse = (file: string) => {
  const text = readFileSync(file, "utf8");
  const { module, comments } = parseSync(file, text);
  return { text, module, comments };
};

const moduleAt = (file: string): ReturnType<typeof parse> => {
  const known = modules.get(file) ?? parse(file);
  modules.set(file, known);
  return known;
};

/** Lists every value that a module exports, with its declaration; those of namespaces have the namespace as prefix. */
const valuesOf = (file: string, prefix = ""): [name: string, declaration: Declaration][] => {
  const { module } = moduleAt(file);
  const from = (specifier: string): string => join(dirname(file), specifier);
  const find = (target: string, name: string): Declaration | undefined => new Map(valuesOf(target)).get(name);
  const imported = module.staticImports.flatMap(({ entries, moduleRequest }) =>
    entries.map((entry) => ({ ...entry, request: moduleRequest.value })),
  );
  return module.staticExports
    .flatMap(({ entries }) => entries)
    .filter((entry) => !entry.isType)
    .flatMap((entry): [string, Declaration][] => {
      const { exportName, importName, localName, moduleRequest } = entry;
      if (moduleRequest && exportName.kind === "None") return valuesOf(from(moduleRequest.value), prefix);
      const name = prefix + exportName.name;
      if (moduleRequest && importName.kind !== "Name") return valuesOf(from(moduleRequest.value), `${name}.`);
      const origin = imported.find((item) => item.localName.value === localName.name);
      const request = moduleRequest?.value ?? origin?.request;
      const local = (moduleRequest ? importName.name : (origin?.importName.name ?? localName.name)) as string;
      if (!request?.startsWith(".")) return [[name, { file, local }]];
      const declaration = find(from(request), local);
      return declaration ? [[name, declaration]] : [];
    });
};

/** Returns the doc comment directly before an exported declaration; only comments for the linter may come between. */
const docOf = ({ file, local }: Declaration): string | null => {
  const { text, module, comments } = moduleAt(file);
  const statement = module.staticExports.find(({ entries }) =>
    entries.some((entry) => entry.localName.name === local),
  );
  if (!statement) return null;
  const doc = comments.filter(({ end, value }) => end <= statement.start && value.startsWith("*")).at(-1);
  if (!doc) return null;
  const between = text.slice(doc.end, statement.start).replace(/\/\/ biome-ignore.*/g, "");
  return between.trim() === "" ? doc.value : null;
};

/** Lists every value that `index.ts` exports, each declaration once. */
export const exportedValues = (index = join(sources, "index.ts")): ExportedValue[] => {
  const values = new Map<string, ExportedValue>();
  for (const [name, declaration] of valuesOf(index)) {
    const key = `${declaration.file}#${declaration.local}`;
    const known = values.get(key);
    if (known && known.name.length <= name.length) continue;
    const { file, local } = declaration;
    values.set(key, { name, file: relative(sources, file), local, doc: docOf(declaration) });
  }
  return [...values.values()];
};

/** Lists every name under which `index.ts` exports a value. */
export const exportedNames = (): string[] => [
  ...new Set(valuesOf(join(sources, "index.ts")).map(([name]) => name)),
];

const typesOf = (file: string): string[] =>
  moduleAt(file)
    .module.staticExports.flatMap(({ entries }) => entries)
    .flatMap(({ exportName, isType, moduleRequest }) => {
      if (moduleRequest && exportName.kind !== "Name")
        return typesOf(join(dirname(file), moduleRequest.value));
      if (moduleRequest && !isType && exportName.name) {
        return /^[a-z]/.test(exportName.name) ? typesOf(join(dirname(file), moduleRequest.value)) : [];
      }
      return isType && exportName.name ? [exportName.name] : [];
    });

/** Lists every name under which `index.ts`, or a namespace that it exports, exports a type. */
export const exportedTypes = (): string[] => [...new Set(typesOf(join(sources, "index.ts")))];
