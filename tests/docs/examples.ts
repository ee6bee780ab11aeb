import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** One `@example` of a doc comment. */
export interface Example {
  /** The file and line: `optimizers/adamw.ts:14`. */
  readonly where: string;
  readonly code: string;
}

/** A claim about a value: `expression; // value`. */
export interface Claim {
  readonly line: number;
  readonly expected: string;
}

const COMMENT = /\/\*\*([\s\S]*?)\*\//g;

/** Lists the examples in the TypeScript sources below a folder. */
export const examplesIn = (root: string): Example[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort()
    .flatMap((name) => examplesOf(readFileSync(join(root, name), "utf8"), relative(root, join(root, name))));

const examplesOf = (text: string, file: string): Example[] =>
  [...text.matchAll(COMMENT)].flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    const lines = (comment[1] as string).split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
    const examples: Example[] = [];
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i]?.startsWith("@example")) continue;
      const end = lines.findIndex((line, j) => j > i && /^@\w+/.test(line));
      const body = lines.slice(i + 1, end < 0 ? undefined : end).filter((line) => !/^```/.test(line));
      examples.push({ where: `${file}:${firstLine + i}`, code: body.join("\n").trim() });
    }
    return examples;
  });

const STATEMENT = /^(\s*)(.*?);?\s*\/\/\s*(=>)?\s*(.*)$/;
const NOT_AN_EXPRESSION =
  /^(const|let|var|if|for|while|return|throw|function|class|import|export|type|interface|try|\}|\{)/;
const VALUE =
  /^(-?[\d.]+(e[-+]?\d+)?|NaN|-?Infinity|true|false|null|undefined|"[^"]*"|'[^']*'|[[{].*|\w+Array.*|\w+ \{.*)$/;

/**
 * Rewrites an example so that it reports its claims: `console.log(a); // value` and `a; // value` become calls of
 * `claim(line, a)`. A comment after console.log that starts with "for example" claims nothing.
 */
export const instrument = (code: string): { code: string; claims: Claim[] } => {
  const claims: Claim[] = [];
  const lines = code.split("\n").map((line, i) => {
    const [, indent, statement, arrow, comment] = STATEMENT.exec(line) ?? [];
    if (!statement || !comment) return line;
    const logged = /^(.*?)console\.log\((.*)\)$/.exec(statement);
    const claimed = logged
      ? !/^(for example|e\.g\.)/i.test(comment)
      : arrow !== undefined || VALUE.test(comment);
    if (!claimed) return line;
    if (!logged && NOT_AN_EXPRESSION.test(statement)) {
      if (!arrow) return line;
      throw new Error(`line ${i + 1}: "// =>" stands after something that has no value: ${line}`);
    }
    claims.push({ line: i, expected: comment });
    return logged ? `${indent}${logged[1]}claim(${i}, ${logged[2]});` : `${indent}claim(${i}, ${statement});`;
  });
  return { code: lines.join("\n"), claims };
};

const normal = (text: string): string =>
  text
    .replace(/\b\w+Array(\(\d+\))?\s*(?=\[)/g, "")
    .replace(/'/g, '"')
    .replace(/"(\w+)":/g, "$1:")
    .replace(/[\s;]+/g, "")
    .replace(/\.$/, "");

const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;

/** Tells whether printed text agrees with a claim: numbers to within 1e-6 * (1 + their magnitude), the rest letter by letter. */
export const agrees = (printed: string, expected: string): boolean => {
  const [a, b] = [normal(printed), normal(expected)];
  const [x, y] = [a.match(NUMBER) ?? [], b.match(NUMBER) ?? []];
  return (
    a.replace(NUMBER, "#") === b.replace(NUMBER, "#") &&
    x.every((digits, i) => Math.abs(Number(digits) - Number(y[i])) <= 1e-6 * (1 + Math.abs(Number(y[i]))))
  );
};
