/** Arrays that a function returns are the caller's own: none of them shares memory with what was passed in. */
import { describe, expect, it } from "vitest";
import { evaluate, rows as functionRows, trees } from "../conformance/function-rows.ts";
import { load, rows } from "../conformance/node-fixtures.ts";
import { type Objective, objectives } from "../conformance/objectives.ts";
import { camelCase, type Row } from "../conformance/rows.ts";
import { type AnyTree, fromStored, type Inputs, stack } from "../conformance/trees.ts";
import { exportedValues } from "../docs/exports.ts";
import { engineName, gl } from "../engine.ts";

/** Exported names whose results may hold arrays that were passed in, with the reason: the only ones. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  transferList: "lists the memory of what it is given",
  TrainState: "shows live views of its memory, and adopts arrays where it is asked to",
  tensor: "gives an array a shape, and uses it as it is",
  "tree.get": "finds a part of a tree: the part itself",
  "tree.getAllWithPath": "finds parts of a tree: the parts themselves",
  "traverse.flattenDict": "rearranges values of any kind and does not look into them",
  "traverse.unflattenDict": "rearranges values of any kind and does not look into them",
  "traverse.pathAwareMap": "returns what the caller's function returns",
  "traverse.Traversal": "selects and replaces values of any kind; so do the classes and constants made of it",
};

/** The files whose exports return no arrays at all, or are values of `traverse.Traversal`. */
const WITHOUT_ARRAYS = [
  /^(schedules|engine|error\.ts|numerics|kernels)\b/,
  /^(pytree\/masked-node|contrib\/dimension-numbers)/,
  /^traverse\/(path-mask|empty-node|traversals|model-param-traversal)/,
];

/** Expressions for functions without rows in tests/golden, and for cases in which there is nothing to do. */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  applyUpdates: ["gl.applyUpdates(params, grads)", "gl.applyUpdates(params, gl.tree.zerosLike(params))"],
  incrementalUpdate: [0, 0.5, 1].map((rate) => `gl.incrementalUpdate(params, others, ${rate})`),
  periodicUpdate: ["gl.periodicUpdate(params, others, 10, 10)", "gl.periodicUpdate(params, others, 9, 10)"],
  LookaheadParams: ["gl.LookaheadParams.initSynced(params)"],
  MultiNormalDiagFromLogScale: ["new gl.MultiNormalDiagFromLogScale(f32([1]), f32([0])).params"],
  valueAndGradFromState: [
    "gl.valueAndGradFromState(() => [0, params])(params, gl.tree.set(searched, { value: 1 }))",
    "gl.valueAndGradFromState(() => [0, params])(params, searched, gl.tree.set(searched, { value: 1 }))[0]",
  ],
  "tree.set": [
    "gl.tree.set(adam, { count: 5 })",
    "gl.tree.set(adam, { mu: params })",
    "gl.tree.set(params, {})",
  ],
  "tree.NamedTupleKey": ['new gl.tree.NamedTupleKey("ScaleByAdamState", "mu")'],
  "tree.mapParams": [
    "gl.tree.mapParams(gl.adam(0.1), () => 0, adam)",
    "gl.tree.mapParams(gl.lbfgs(), () => 0, searched)",
  ],
  treeMapParams: ["gl.treeMapParams(gl.lbfgs(), () => 0, searched)"],
  "tree.cast": ["gl.tree.cast(params, null)", 'gl.tree.cast(params, "float32")'],
  powerIteration: ["gl.powerIteration(f32([4, 1, 1, 3], [2, 2]), { v0: f32([1, 0]), numIters: 1 })"],
  "contrib.scheduleFreeEvalParams": ["gl.contrib.scheduleFreeEvalParams(scheduleFree, params)"],
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Collects the memory of all arrays in a value. */
const memoryOf = (value: unknown, into = new Set<ArrayBufferLike>()): ReadonlySet<ArrayBufferLike> => {
  if (!isObject(value)) return into;
  if (ArrayBuffer.isView(value)) return value.byteLength > 0 ? into.add(value.buffer) : into;
  for (const child of Object.values(value)) memoryOf(child, into);
  return into;
};

/** Lists the paths of the arrays of a value that are in some memory. */
const pathsIn = (memory: ReadonlySet<ArrayBufferLike>, value: unknown, path = ""): string[] => {
  if (!isObject(value)) return [];
  if (ArrayBuffer.isView(value)) return memory.has(value.buffer) ? [path] : [];
  return Object.entries(value).flatMap(([key, child]) => pathsIn(memory, child, `${path}.${key}`));
};

const expectOwn = (result: unknown, given: unknown, what: string): void =>
  expect(pathsIn(memoryOf(given), result), `${what}: arrays that were passed in`).toEqual([]);

/** Returns a function that does the same and keeps its results in a list. */
const keeping =
  <A extends unknown[], R>(kept: unknown[], make: (...args: A) => R) =>
  (...args: A): R => {
    const made = make(...args);
    kept.push(made);
    return made;
  };

const array =
  (type: typeof Float32Array | typeof Float64Array) =>
  (numbers: number[], shape?: number[]): unknown =>
    shape ? { data: new type(numbers), shape } : new type(numbers);

const inputs = load("inputs.json") as Inputs;
const transformations = rows.filter(({ kind }) => kind === "transformation");

describe(`functions return arrays of their own, on ${engineName}`, () => {
  const expressions = [
    ...functionRows.map((row) => ({ ...row, tree: "default" })),
    ...rows
      .filter(({ kind }) => kind === "function")
      .map((row) => ({ ...row, name: `${row.covers}.${row.variant}` })),
    ...Object.entries(EXPRESSIONS).flatMap(([covers, texts]) =>
      texts.map((gradloom) => ({ covers, name: covers, gradloom, tree: "default" })),
    ),
  ];

  it.each(expressions)("$name: $gradloom", ({ name, gradloom, tree }) => {
    const given = trees(tree);
    const scope = {
      ...given,
      adam: gl.adam(0.1).init(given.params),
      searched: gl.lbfgs().init(given.params),
      scheduleFree: gl.contrib.scheduleFreeSgd(0.1).init(given.params),
    };
    const kept: unknown[] = [scope];
    const [f32, f64] = [Float32Array, Float64Array].map((type) => keeping(kept, array(type)));
    expectOwn(evaluate(gradloom, { gl, stack, objectives, ...scope, f32, f64 }), kept, name);
  });

  it("every exported function has an expression, is a transformation, or is named as an exception", () => {
    const tested = new Set([...expressions, ...rows].map(({ covers }) => covers));
    for (const name of Object.keys(EXCEPTIONS)) tested.add(name);
    const left = exportedValues().filter(
      ({ name, file }) => !tested.has(name) && !WITHOUT_ARRAYS.some((files) => files.test(file)),
    );
    expect(left.map(({ name }) => name)).toEqual([]);
  });
});

/** Returns the gradients and the extra arguments of a step; the results of the caller's own functions are kept too. */
const inputOf = (row: Row, stored: AnyTree, params: AnyTree, kept: unknown[]): [AnyTree, AnyTree] => {
  if (row.objective === undefined) {
    const numbers = Object.entries(row.extra).map(([name, [first]]) => [camelCase(name), first]);
    return [fromStored(stored, Float32Array), Object.fromEntries(numbers)];
  }
  const { value, grad, hvp } = objectives[row.objective] as Objective;
  const gradFn = keeping(kept, grad);
  const grads = gradFn(params);
  const valueAndGradFn = (at: AnyTree) => [value(at), gradFn(at)];
  return [
    grads,
    { value: value(params), grad: grads, valueFn: value, valueAndGradFn, gradFn, hvpFn: keeping(kept, hvp) },
  ];
};

describe(`transformations return arrays of their own, on ${engineName}`, () => {
  it.each(transformations.map((row) => [`${row.covers} ${row.variant}`, row] as const))("%s", (name, row) => {
    const { params: stored, grads } = inputs[row.tree]!;
    const params = fromStored(stored, Float32Array);
    const tx = evaluate(row.gradloom, { gl }) as gl.GradientTransformation;
    let state: AnyTree = tx.init(params);
    expectOwn(state, params, `${name}: the first state`);
    for (const next of grads[row.grads]!.slice(0, 3)) {
      const kept: unknown[] = [params, state];
      const [grad, extra] = inputOf(row, next, params, kept);
      const result = tx.update(grad, state, params, extra);
      expectOwn(result, [kept, grad], `${name}: [updates, state]`);
      state = result[1];
    }
  });

  it("a transformation of one's own may keep what it is given, and change its state in place", () => {
    const own: gl.GradientTransformation = {
      init: (params) => ({ first: params, last: params, seen: [0] }) as never,
      update: (updates, state: AnyTree, params) => {
        state.seen[0] += 1;
        state.last = params;
        state.first.w[0] += 1;
        return [updates, state];
      },
    };
    const tx = gl.chain(own, gl.sgd(0.1));
    const params = { w: new Float32Array([1]) };
    const state = tx.init(params);
    expectOwn(state, params, "the first state");
    const result = tx.update(params, state, params);
    expectOwn(result, [params, state], "[updates, state]");
    expect([params.w[0], state[0].first.w[0], state[0].seen[0]]).toEqual([1, 1, 0]);
  });
});
