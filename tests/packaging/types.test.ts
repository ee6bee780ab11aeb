import { readFileSync, symlinkSync } from "node:fs";
import ts from "typescript-lowest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { adapters } from "../../scripts/build/adapters.mjs";
import { signatureOf } from "../../ts/src/define.ts";
import * as gl from "../../ts/src/entry/node.ts";
import { installPacked, type Project, root } from "./install.ts";
import { compile, declarationErrors, packageProgram, publicTypeTests, VERSIONS } from "./typescript.ts";

let project: Project;
beforeAll(() => {
  project = installPacked();
}, 120_000);
afterAll(() => project?.remove());

const states = `import * as gl from "gradloom";
export interface Model { w: Float32Array; layers: { kernel: Float32Array }[] }
declare const model: Model;
export const chained = gl.chain(gl.clipByGlobalNorm(1), gl.scaleByAdam(), gl.scale(-1)).init(model);
export const named = gl.namedChain(["clip", gl.clip(1)], ["momentum", gl.trace(0.9)]).init(model);
export const masked = gl.masked(gl.adam(0.1), { w: true, layers: false }).init(model);
export const parts = gl.partition({ a: gl.trace(0.9), b: gl.setToZero() }, { w: "a", layers: "b" }).init(model);
export const tx = gl.injectHyperparams(gl.sgd)(0.1, { momentum: 0.9 });
export const injected = tx.init(model);
export const train = gl.TrainState.create({ params: model, tx: gl.chain(gl.trace(0.9)) });
export const optState = train.optState;
export const snapshot = train.snapshot();
export const stepped = tx.update(model, injected, model);
`;

const uses = `import * as gl from "gradloom";
import { chained, injected, masked, type Model, named, optState, parts, snapshot, stepped, train, tx } from "./out/states.js";
export const counts: number = chained[1].count + chained.length;
export const trees: Model[] = [chained[1].mu, named.momentum.trace, masked.innerState[0].nu, parts.innerStates.a.innerState.trace];
export const rate: number = injected.hyperparams.learningRate;
export const trace: Readonly<Float32Array> = optState[0].trace.w;
export const resumed = gl.TrainState.create({ ...snapshot, tx: train.tx });
export const next = tx.update(stepped[0], stepped[1], stepped[0]);
// @ts-expect-error there are three members
chained[3];
// @ts-expect-error there is no such hyperparameter
injected.hyperparams.rate;
`;

/** Writes a file that compiles only where the types know the names of hyperparameters as they are at run time. */
const hyperparameterTests = (): string => {
  const lines = Object.entries({ ...gl, ...gl.contrib }).flatMap(([name, value]) => {
    const signature = signatureOf(value);
    if (!signature) return [];
    const path = Object.hasOwn(gl, name) ? name : `contrib.${name}`;
    const fields = Object.entries({ ...signature.positional, ...signature.fields });
    const names = fields.filter(([, { numeric }]) => numeric).map(([argument]) => JSON.stringify(argument));
    return `expectType<${names.join(" | ") || "never"}>()(given as Names<typeof gl.${path}>, true);`;
  });
  return `import * as gl from "gradloom";
import { expectType } from "./expect-type.js";
type Names<T> = T extends gl.Defined<infer _A, infer Q, infer F, infer _R> ? keyof gl.HyperparamsOfCall<Q, F, never> : "not defined";
declare const given: never;
${lines.join("\n")}
`;
};

describe.each(VERSIONS)("the types, with %s", (version) => {
  it("pass the tests of the public types", () => {
    const files = { ...publicTypeTests(), "hyperparameters.ts": hyperparameterTests() };
    compile(project, version, `types-${version}`, files);
  });

  it("appear in a user's declarations in a form that can be read and used", () => {
    const folder = `declarations-${version}`;
    const { exported, values } = packageProgram(project);
    const lines = values.map((symbol, i) => `export const value${i} = gl.${exported.get(symbol)};`);
    const all = `import * as gl from "gradloom";\n${lines.join("\n")}\n`;
    const emit = { declaration: true, emitDeclarationOnly: true, outDir: "out" };
    compile(project, version, folder, { "states.ts": states, "all.ts": all }, emit);
    const emitted = readFileSync(`${project.folder}/${folder}/out/states.d.ts`, "utf8");
    expect(emitted.replace(/\s+/g, " ")).toContain(
      "export declare const chained: readonly [{}, { readonly count: number; readonly mu: Model; readonly nu: Model; }, {}];",
    );
    expect(emitted).not.toMatch(/toLocaleString|\bany\b|import\(/);
    compile(project, version, folder, { "uses.ts": uses });
    expect(values.length).toBeGreaterThan(200);
  });
});

it("the lowest version of TypeScript is the one that the README promises", () => {
  const [, promised] = /TypeScript (\d+\.\d+) or newer/.exec(readFileSync(`${root}/README.md`, "utf8")) ?? [];
  expect(ts.versionMajorMinor).toBe(promised);
});

it("the declarations of adapters name only what is in the package and its peers", () => {
  for (const peer of ["@tensorflow", "@jax-js"])
    symlinkSync(`${root}/node_modules/${peer}`, `${project.folder}/node_modules/${peer}`, "dir");
  expect(declarationErrors(project, adapters)).toEqual([]);
});

it("every type that a public declaration names is exported", () => {
  const { entry, checker, exported, resolve } = packageProgram(project);
  const types = entry.replace(/entry\/node\.d\.ts$/, "");
  const nameOf = (node: ts.Node): ts.Node | undefined => {
    if (ts.isTypeReferenceNode(node)) return node.typeName;
    if (ts.isImportTypeNode(node) && !node.isTypeOf) return node.qualifier;
    return ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
  };
  const missing = new Set<string>();
  const tables = new Set<ts.Symbol>();
  const visit = (node: ts.Node, user: string): void => {
    if (ts.isTypeQueryNode(node)) visitTable(node.exprName, user);
    const name = nameOf(node);
    const found = name && checker.getSymbolAtLocation(name);
    const symbol = found && resolve(found);
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
    const own = file?.startsWith(types) && !(symbol!.flags & ts.SymbolFlags.TypeParameter);
    if (own && !exported.has(symbol!))
      missing.add(`${file!.slice(types.length)}: ${symbol!.name}, used by ${user}`);
    ts.forEachChild(node, (child) => visit(child, user));
  };
  /** Visits the types in a table of options, which a signature names as `typeof OPTIONS`. */
  const visitTable = (name: ts.Node, user: string): void => {
    const table = checker.getSymbolAtLocation(name);
    if (!table || tables.has(table)) return;
    tables.add(table);
    for (const declaration of resolve(table).declarations ?? []) visit(declaration, user);
  };
  for (const [symbol, name] of exported) {
    for (const declaration of symbol.declarations ?? []) visit(declaration, name);
  }
  expect([...missing]).toEqual([]);
  expect(exported.size).toBeGreaterThan(400);
});
