import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

/** The parsed modules by file: their text, comments, imports and top-level constants. */
const modules = new Map();

const moduleAt = (file) => {
  if (!modules.has(file)) {
    const text = readFileSync(file, "utf8");
    const { program, comments } = parseSync(file, text);
    const statements = program.body.map((node) => node.declaration ?? node);
    const constants = statements
      .filter(({ type }) => type === "VariableDeclaration")
      .flatMap(({ declarations }) => declarations)
      .map(({ id, init }) => [id.name, init]);
    const imports = program.body
      .filter(({ type }) => type === "ImportDeclaration")
      .flatMap(({ specifiers, source }) =>
        specifiers.map(({ local, imported }) => [local.name, [source.value, imported?.name]]),
      );
    modules.set(file, { file, text, comments, constants: new Map(constants), imports: new Map(imports) });
  }
  return modules.get(file);
};

/** Finds the value of a constant by its name in a module, or in that from which it is imported. */
const resolve = (module, name) => {
  if (module.constants.has(name)) return { module, node: module.constants.get(name) };
  const [source, original] = module.imports.get(name) ?? [];
  return source?.startsWith(".")
    ? resolve(moduleAt(join(dirname(module.file), source)), original)
    : undefined;
};

const WRAPPERS = ["TSAsExpression", "TSSatisfiesExpression", "ParenthesizedExpression"];
const unwrap = (node) => (WRAPPERS.includes(node?.type) ? unwrap(node.expression) : node);

/** Returns the text of the doc comment that ends before a position, without its stars; undefined where there is none. */
const docBefore = ({ text, comments }, start) => {
  const doc = comments.filter(({ end, value }) => end <= start && value.startsWith("*")).at(-1);
  const between = doc && text.slice(doc.end, start).replace(/\/\/ biome-ignore.*/g, "");
  if (between?.trim() !== "") return undefined;
  const lines = doc.value.slice(1).split("\n");
  return lines
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join("\n")
    .trim();
};

/** The argument of a maker of fields that is the default. */
const FALLBACK = { oneOf: 1 };

/** Returns the text of a value; in place of the name of a constant its value, where that is one line. */
const textOf = (module, value) => {
  const constant = value.type === "Identifier" ? resolve(module, value.name) : undefined;
  const text = constant?.module.text.slice(constant.node.start, constant.node.end);
  return text === undefined || text.includes("\n") ? module.text.slice(value.start, value.end) : text;
};

/** Returns the default of a field as the source writes it: `1e-8`, `"float32"`, `null`. */
const defaultOf = (module, expression) => {
  const node = unwrap(expression);
  if (node?.type === "CallExpression") {
    const { name } = node.callee;
    if (name === "maybe") return "null";
    const argument = unwrap(node.arguments[FALLBACK[name] ?? 0]);
    return argument && textOf(module, argument);
  }
  if (node?.type === "ObjectExpression") {
    const found = node.properties.find(({ key }) => key?.name === "default");
    return found && textOf(module, unwrap(found.value));
  }
  const constant = node?.type === "Identifier" && resolve(module, node.name);
  return constant ? defaultOf(constant.module, constant.node) : undefined;
};

/** Reads the option that an expression such as `MOMENT_OPTIONS.b1` names. */
const memberOf = (module, { type, object, property }) =>
  type === "MemberExpression" ? tableOf(module, object)?.get(property.name) : undefined;

/** Reads a table of options: a map from each name to its line of documentation and its default. */
const tableOf = (module, expression) => {
  const node = unwrap(expression);
  if (node?.type === "Identifier") {
    const constant = resolve(module, node.name);
    return constant ? tableOf(constant.module, constant.node) : undefined;
  }
  if (node?.type === "ArrowFunctionExpression") return tableOf(module, node.body);
  if (node?.type !== "ObjectExpression") return undefined;
  const table = new Map();
  for (const property of node.properties) {
    if (property.type === "SpreadElement") {
      for (const [name, option] of tableOf(module, property.argument) ?? []) table.set(name, option);
    } else {
      const { name } = property.key;
      const known = memberOf(module, property.value) ?? table.get(name);
      const doc = docBefore(module, property.start) ?? known?.doc;
      table.set(name, { doc, fallback: defaultOf(module, property.value) ?? known?.fallback });
    }
  }
  return table;
};

/** Reads the options of a constant of a source file: a table itself, or a function made by `define`. */
export const optionsOf = (file, name) => {
  const module = moduleAt(file);
  const node = module.constants.get(name);
  const defined = node?.type === "CallExpression" && node.callee.name === "define";
  return tableOf(module, defined ? node.arguments[2] : node);
};

/** Returns the doc comment of an option with its default. */
const commentOf = ({ doc, fallback }, indent) => {
  const tag = fallback === "undefined" ? [] : [`@defaultValue ${fallback}`];
  const lines = [...doc.split("\n"), ...tag].map((line) => `${indent} * ${line}\n`);
  return `/**\n${lines.join("")}${indent} */\n${indent}`;
};

/** Lists the members of the object types in the type of a constant. */
const membersIn = (node) => {
  if (node === null || typeof node !== "object") return [];
  if (node.type === "TSPropertySignature") return [node];
  return Object.values(node).flatMap(membersIn);
};

/** Returns the text of a declaration file with the documentation of every option: `tsc` leaves out that of options from other files. */
export const documented = (file, source) => {
  const text = readFileSync(file, "utf8");
  const { program, comments } = parseSync(file, text);
  const declarations = program.body
    .map((node) => node.declaration ?? node)
    .filter(({ type }) => type === "VariableDeclaration")
    .flatMap((node) => node.declarations);
  const edits = declarations.flatMap(({ id }) => {
    const options = optionsOf(source, id.name);
    return membersIn(options && id.typeAnnotation).flatMap(({ key, start }) => {
      const option = options.get(key.name);
      if (!option?.doc) return [];
      const line = text.lastIndexOf("\n", start) + 1;
      const before = comments.find(({ end }) => end <= start && text.slice(end, start).trim() === "");
      return [
        { from: before?.start ?? start, to: start, comment: commentOf(option, text.slice(line, start)) },
      ];
    });
  });
  return edits
    .sort((a, b) => b.from - a.from)
    .reduce((all, { from, to, comment }) => all.slice(0, from) + comment + all.slice(to), text);
};
