import { expectSameNumbers } from "./compare.ts";
import { type Objective, objectives } from "./objectives.ts";
import { camelCase, type Row } from "./rows.ts";
import {
  type AnyTree,
  byPath,
  type FloatArrayConstructor,
  flat,
  fromStored,
  type Inputs,
  stack,
} from "./trees.ts";

/** The library, untyped: rows are text, so the compiler does not see which functions they call. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Library = any;

/** The results of running a row. */
export interface Outcome {
  /** Updates of each step, or results of each call; empty for a run in place. */
  readonly perStep: number[][];
  readonly params: number[];
  readonly state: Map<string, number[]>;
  /** The state after the last step, without its memory where that has been freed. */
  readonly tree: AnyTree;
}

interface Data {
  readonly params: AnyTree;
  readonly grads: AnyTree[];
}

/** Returns the parameters and the gradients of a row. */
export const dataFor = (row: Row, inputs: Inputs, array: FloatArrayConstructor): Data => {
  const chosen = inputs[row.tree];
  const grads = chosen?.grads[row.grads];
  if (!chosen || !grads) throw new Error(`${row.file}: no tree "${row.tree}" with gradients "${row.grads}"`);
  return {
    params: fromStored(chosen.params, array),
    grads: grads.slice(0, row.steps).map((tree) => fromStored(tree, array)),
  };
};

/** Evaluates the expression of a row. */
export const evaluate = (gl: Library, expression: string, scope: Record<string, unknown> = {}): AnyTree =>
  new Function("gl", ...Object.keys(scope), `"use strict"; return (${expression});`)(
    gl,
    ...Object.values(scope),
  );

const writeHyperparameters = (state: AnyTree, row: Row, step: number): void => {
  for (const write of row.set) {
    if (write.before === step) state.hyperparams[camelCase(write.name)] = write.value;
  }
};

const extraAt = (row: Row, step: number): Record<string, number> | undefined => {
  const names = Object.keys(row.extra);
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [camelCase(name), row.extra[name]?.[step] as number]));
};

/** Returns the gradients and extra arguments of a step: stored ones, or those of the row's objective. */
const inputOf = (
  row: Row,
  step: number,
  stored: AnyTree,
  params: AnyTree,
): [grad: AnyTree, extra: unknown] => {
  if (row.objective === undefined) return [stored, extraAt(row, step)];
  const { value, grad, hvp } = objectives[row.objective] as Objective;
  const valueAndGradFn = (at: AnyTree) => [value(at), grad(at)];
  const extra = { value: value(params), grad: grad(params), valueFn: value, valueAndGradFn, hvpFn: hvp };
  return [extra.grad, extra];
};

/** Runs a row through init, update and applyUpdates, as Optax does, and checks that no argument changes. */
export const runPure = (gl: Library, row: Row, inputs: Inputs, array: FloatArrayConstructor): Outcome => {
  const { params: initial, grads } = dataFor(row, inputs, array);
  const tx = evaluate(gl, row.gradloom);
  let params = initial;
  let state = tx.init(params);
  const perStep: number[][] = [];
  grads.forEach((stored, step) => {
    writeHyperparameters(state, row, step);
    const [grad, extra] = inputOf(row, step, stored, params);
    const before = [byPath(grad), byPath(state), byPath(params)] as const;
    const [updates, nextState] = tx.update(grad, state, params, extra);
    const next = gl.applyUpdates(params, updates);
    expectSameNumbers(byPath(grad), before[0], `grads after step ${step}`);
    expectSameNumbers(byPath(state), before[1], `the old state after step ${step}`);
    expectSameNumbers(byPath(params), before[2], `the old params after step ${step}`);
    [params, state] = [next, nextState];
    perStep.push(flat(updates));
  });
  return { perStep, params: flat(params), state: byPath(state), tree: state };
};

/**
 * Runs a row through TrainState.applyGradients, which updates in place.
 *
 * @param resume - is called in the middle, and returns another training state to go on with
 */
export const runInPlace = (
  gl: Library,
  row: Row,
  inputs: Inputs,
  array: FloatArrayConstructor,
  engine?: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: the library is untyped here
  resume?: (train: any, makeTx: () => unknown) => any,
): Outcome => {
  const { params, grads } = dataFor(row, inputs, array);
  const options = engine === undefined ? {} : { engine };
  const makeTx = () => evaluate(gl, row.gradloom);
  let train = gl.TrainState.create({ params, tx: makeTx(), ...options });
  try {
    grads.forEach((stored, step) => {
      if (step === Math.floor(row.steps / 2)) train = resume?.(train, makeTx) ?? train;
      writeHyperparameters(train.optState, row, step);
      train.applyGradients(...inputOf(row, step, stored, train.params));
    });
    const { params, optState } = train;
    return { perStep: [], params: flat(params), state: byPath(optState), tree: optState };
  } finally {
    train.dispose();
  }
};

/** Runs a row in place on a GPU, and reads the results back after the last step. */
export const runOnDevice = async (
  gl: Library,
  row: Row,
  inputs: Inputs,
  engine: unknown,
): Promise<Outcome> => {
  const { params, grads } = dataFor(row, inputs, Float32Array);
  const train = await gl.TrainState.create({ params, tx: evaluate(gl, row.gradloom), engine });
  try {
    for (const [step, stored] of grads.entries()) {
      writeHyperparameters(train.optState, row, step);
      const now = row.objective === undefined ? undefined : await train.readParams();
      await train.applyGradients(...inputOf(row, step, stored, now));
    }
    const after = await train.snapshot();
    const { params, optState } = after;
    return { perStep: [], params: flat(params), state: byPath(optState), tree: optState };
  } finally {
    train.dispose();
  }
};

/** Runs a row that names a plain function. Returns its result for each set of gradients. */
export const runFunction = (
  gl: Library,
  row: Row,
  inputs: Inputs,
  array: FloatArrayConstructor,
): number[][] => {
  const { params, grads } = dataFor(row, inputs, array);
  return grads.map((grad) => flat(evaluate(gl, row.gradloom, { params, grads: grad, stack, objectives })));
};
