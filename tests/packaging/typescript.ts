import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-lowest";
import { type Project, root, tool } from "./install.ts";

/** The versions of TypeScript that users' projects are compiled with: the lowest that gradloom promises, and the newest. */
export const VERSIONS = ["typescript-lowest", "typescript"] as const;
type Version = (typeof VERSIONS)[number];

/** The options of a strict project without types of Node: the package needs none. Declarations of packages are checked as well. */
export const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  module: "nodenext",
  moduleResolution: "nodenext",
  target: "es2022",
  lib: ["es2022", "dom"],
  types: [],
} as const;

/** Writes files into a folder of the project and compiles it with a version. Throws with the messages of the compiler. */
export const compile = (
  project: Project,
  version: Version,
  folder: string,
  files: Readonly<Record<string, string>>,
  options: object = { noEmit: true },
): void => {
  for (const [name, text] of Object.entries(files)) project.write(`${folder}/${name}`, text);
  const config = { compilerOptions: { ...STRICT, ...options }, files: Object.keys(files) };
  project.write(`${folder}/tsconfig.json`, JSON.stringify(config));
  project.write(`${folder}/package.json`, '{ "type": "module" }');
  project.run(process.execPath, tool(`${version}/bin/tsc`), "--project", folder);
};

/** Reads the files of `tests/types` that use the public API alone, as a user of the package would write them. */
export const publicTypeTests = (): Record<string, string> =>
  Object.fromEntries(
    ["api.ts", "trees.ts", "safetensors.ts", "expect-type.ts"].map((name) => [
      name,
      readFileSync(join(root, "tests/types", name), "utf8")
        .replace("../../ts/src/entry/node.ts", "gradloom")
        .replace("../../ts/src/safetensors/index.ts", "gradloom/safetensors")
        .replace("./expect-type.ts", "./expect-type.js"),
    ]),
  );

/** The options of a program over a user's files. */
export const OPTIONS: ts.CompilerOptions = {
  strict: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: [],
  noEmit: true,
};

/**
 * Returns the errors in the package's own declarations of some import paths, as the lowest version finds them. Those of peers have errors
 * of their own.
 */
export const declarationErrors = (project: Project, paths: readonly string[]): string[] => {
  const folder = join(project.folder, "node_modules/gradloom/dist/types");
  const program = ts.createProgram(
    paths.map((path) => join(folder, path, "index.d.ts")),
    OPTIONS,
  );
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
  return own.flatMap((file) =>
    program
      .getSemanticDiagnostics(file)
      .map(
        ({ messageText }) =>
          `${file.fileName.slice(folder.length)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      ),
  );
};

/** A program over the declarations of the package, with the symbols that its entry exports. */
export const packageProgram = (project: Project) => {
  const entry = join(project.folder, "node_modules/gradloom/dist/types/entry/node.d.ts");
  const program = ts.createProgram([entry], OPTIONS);
  const checker = program.getTypeChecker();
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  /** Every exported symbol with the shortest of its names; those of namespaces have the namespace as prefix. */
  const exported = new Map<ts.Symbol, string>();
  const values = new Set<ts.Symbol>();
  const visit = (module: ts.Symbol, prefix: string): void => {
    for (const entry of checker.getExportsOfModule(module)) {
      const symbol = resolve(entry);
      const name = prefix + entry.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) {
        visit(symbol, `${name}.`);
        continue;
      }
      const typeOnly = entry.declarations?.some((node) => ts.isTypeOnlyExportDeclaration(node));
      if (!typeOnly && symbol.flags & ts.SymbolFlags.Value) values.add(symbol);
      if ((exported.get(symbol)?.length ?? Infinity) > name.length) exported.set(symbol, name);
    }
  };
  visit(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!, "");
  return { entry, checker, exported, values: [...values], resolve };
};
