import { join } from "node:path";
import ts from "typescript-lowest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installPacked, type Project } from "./install.ts";
import { OPTIONS, packageProgram } from "./typescript.ts";

let project: Project;
beforeAll(() => {
  project = installPacked();
}, 120_000);
afterAll(() => project?.remove());

type Package = ReturnType<typeof packageProgram>;

/** Lists the signatures of a value with the code that calls them: those of the value, of construction, and of static methods. */
const signaturesOf = ({ checker }: Package, value: ts.Symbol, name: string): [string, ts.Signature][] => {
  const type = checker.getTypeOfSymbol(value);
  const statics = value.flags & ts.SymbolFlags.Class ? checker.getPropertiesOfType(type) : [];
  return [
    ...type.getCallSignatures().map((signature): [string, ts.Signature] => [name, signature]),
    ...type.getConstructSignatures().map((signature): [string, ts.Signature] => [`new ${name}`, signature]),
    ...statics.flatMap((method) =>
      checker
        .getTypeOfSymbol(method)
        .getCallSignatures()
        .map((signature): [string, ts.Signature] => [`${name}.${method.name}`, signature]),
    ),
  ];
};

/** The options of one call: the number of arguments before them, and the names. */
interface Options {
  readonly before: number;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Returns the options of a signature: the properties of its last argument, where that is an object of options. */
const optionsOf = ({ checker }: Package, signature: ts.Signature): Options | undefined => {
  const parameters = signature.getParameters();
  const last = parameters.at(-1);
  if (!last || !/^(options|__\d+|args)$/.test(last.name)) return undefined;
  const type = checker.getTypeOfSymbol(last);
  const tuple = checker.isTupleType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [type];
  const given = tuple.at(-1);
  if (!given) return undefined;
  const argument = checker.getNonNullableType(given);
  const constraint = checker.getBaseConstraintOfType(argument) ?? argument;
  const properties =
    constraint.isIntersection() || constraint.flags & ts.TypeFlags.Object
      ? checker.getPropertiesOfType(constraint)
      : [];
  const isOptional = ({ flags }: ts.Symbol) => (flags & ts.SymbolFlags.Optional) !== 0;
  const optional = properties.filter(isOptional).map(({ name }) => name);
  const required = properties.filter((option) => !isOptional(option)).map(({ name }) => name);
  return optional.length === 0
    ? undefined
    : { before: parameters.length - 2 + tuple.length, required, optional };
};

/** Makes a language service, as editors use it, over one file of the project. */
const languageService = (file: string, text: string): ts.LanguageService =>
  ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => project.folder,
    getCompilationSettings: () => OPTIONS,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    realpath: ts.sys.realpath!,
  });

/** Writes a call that sets every option: the names of options stand at the returned places. */
const callOf = (callee: string, { before, required, optional }: Options): string =>
  `${callee}(${[...Array(before).fill("x"), `{ ${[...required, ...optional].map((name) => `${name}: x`).join(", ")} }`].join(", ")});`;

it("hovering over an option shows a sentence and the default", () => {
  const found = packageProgram(project);
  const calls = found.values.flatMap((symbol) => {
    const name = `gl.${found.exported.get(symbol)}`;
    return signaturesOf(found, symbol, name).flatMap(([callee, signature]) => {
      const options = optionsOf(found, signature);
      return options ? [{ callee, options, code: callOf(callee, options) }] : [];
    });
  });
  const head = 'import * as gl from "gradloom";\ndeclare const x: any;\n';
  const text = head + calls.map(({ code }) => `${code}\n`).join("");
  const file = join(project.folder, "hover.ts");
  const service = languageService(file, text);
  let start = head.length;
  const problems: string[] = [];
  let count = 0;
  for (const { callee, options, code } of calls) {
    for (const name of [...options.required, ...options.optional]) {
      const info = service.getQuickInfoAtPosition(file, start + code.search(new RegExp(`\\b${name}: x`)));
      const doc = ts.displayPartsToString(info?.documentation);
      const fallback = info?.tags?.find((tag) => tag.name === "defaultValue")?.text;
      if (!/^[A-Z\d].*\.$/s.test(doc))
        problems.push(`${callee}: ${name} has no sentence, but ${JSON.stringify(doc)}`);
      if (!options.required.includes(name) && !fallback && !/by default|the default/i.test(doc)) {
        problems.push(`${callee}: ${name} has no default`);
      }
      count += 1;
    }
    start += code.length + 1;
  }
  expect(problems).toEqual([]);
  expect(count).toBeGreaterThan(400);
});
