/** The forms of an import whose module is known from the text, each with where the module's name is. */
const NAMED = {
  ImportDeclaration: (node) => node.source,
  ExportNamedDeclaration: (node) => node.source,
  ExportAllDeclaration: (node) => node.source,
  ImportExpression: (node) => node.source,
  TSModuleDeclaration: (node) => node.id,
};

/** The functions that return modules. */
const LOADING = ["require", "getBuiltinModule"];

/** The forms of an import that are refused: those in types, because the linter finds no circles through them. */
const REFUSED = {
  ImportExpression: (node) => node.source.type !== "Literal",
  TSImportType: () => true,
  TSImportEqualsDeclaration: () => true,
  CallExpression: ({ callee }) => LOADING.includes(callee.name ?? callee.property?.name),
};

/** Reads the imports of a TypeScript file: `names` of modules as written, and the text of each import that is `refused`. */
export const importsOf = ({ parseSync, Visitor }, file, text) => {
  const { program, comments } = parseSync(file, text);
  const names = [];
  const refused = comments.filter(({ value }) => /^\/\s*<reference\s(?!lib=)/.test(value));
  const read = (node) => {
    const name = NAMED[node.type]?.(node);
    if (name?.type === "Literal") names.push(name.value);
    if (REFUSED[node.type]?.(node)) refused.push(node);
  };
  const types = Object.keys({ ...NAMED, ...REFUSED });
  new Visitor(Object.fromEntries(types.map((type) => [type, read]))).visit(program);
  return { names, refused: refused.map(({ start, end }) => text.slice(start, end)) };
};
