import {
  expectClose,
  expectCloseNumbers,
  expectSameBits,
  expectSameNumbers,
  expectSamePaths,
} from "./compare.ts";
import type { Row } from "./rows.ts";
import { evaluate, type Library, type Outcome, runFunction, runInPlace, runPure } from "./run.ts";
import { type AnyTree, byPath, type Inputs, type StoredNumber } from "./trees.ts";

/** The parts of the suite that differ between Node and a page. */
export interface Surroundings {
  /** The library with the engine under test already chosen. */
  readonly gl: Library;
  readonly rows: readonly Row[];
  /** Reads one file of tests/golden/fixtures. */
  readonly load: (file: string) => unknown;
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/** The results of real Optax for a row. */
export interface Fixture {
  readonly updates: StoredNumber[][];
  readonly params: StoredNumber[];
  readonly state: Record<string, StoredNumber | StoredNumber[]>;
  /** The types of the parts of the state by their paths. */
  readonly types: Record<string, string>;
  /** The paths of trees like the parameters in the state; null where Optax cannot tell. */
  readonly paramsLike: string[] | null;
  /** The results of a row that names a function; absent for others. */
  readonly results: StoredNumber[][];
}

/** Compares the parameters and the state after the last step with those of real Optax. */
export const expectEnd = (outcome: Outcome, fixture: Fixture, tolerance: number): void => {
  expectClose(outcome.params, fixture.params, tolerance, "params");
  expectCloseNumbers(outcome.state, fixture.state, tolerance, "state");
};

const expectSteps = (got: number, expected: number): void => {
  if (got !== expected) throw new Error(`ran ${got} steps, the fixture has ${expected}`);
};

/** Compares the updates of every step, and the parameters and the state after the last, with those of real Optax. */
export const expectFixture = (outcome: Outcome, fixture: Fixture, tolerance: number): void => {
  expectSteps(outcome.perStep.length, fixture.updates.length);
  fixture.updates.forEach((updates, step) => {
    expectClose(outcome.perStep[step] ?? [], updates, tolerance, `updates of step ${step}`);
  });
  expectEnd(outcome, fixture, tolerance);
};

/** Optax's types of parameters: a complex leaf in two parts, and fast with slow parameters. They are plain objects of the caller's here. */
const OF_PARAMETERS = ["SplitRealAndImaginaryArrays", "LookaheadParams"];

/** Compares the types of the parts of a state with those of real Optax. */
const expectTypes = (gl: Library, state: AnyTree, { types }: Pick<Fixture, "types">): void => {
  for (const type of new Set(Object.values(types))) {
    if (OF_PARAMETERS.includes(type)) continue;
    const paths = Object.keys(types).filter((path) => types[path] === type);
    const found = gl.tree.getAllWithPath(state, type) as [path: (string | number)[], value: unknown][];
    expectSamePaths(
      found.map(([path]) => path.join(".")),
      paths,
      `states of the type ${type}`,
    );
  }
};

/** Expects `tree.mapParams` to take the parts for trees like the parameters that real Optax takes for them. */
const expectParamsLike = (gl: Library, row: Row, state: AnyTree, paramsLike: readonly string[]): void => {
  const marked = gl.tree.mapParams(evaluate(gl, row.gradloom), () => 1, state, {
    transformNonParams: () => 0,
  });
  const isInside = (path: string): boolean =>
    paramsLike.some((root) => root === "" || path === root || path.startsWith(`${root}.`));
  const expected = new Map([...byPath(state).keys()].map((path) => [path, [Number(isInside(path))]]));
  expectSameNumbers(byPath(marked), expected, "trees like the parameters");
};

/** Registers the whole suite: every row against the results of real Optax. */
export const conformance = ({ gl, rows, load, describe, it }: Surroundings): void => {
  const fixtureOf = async (row: Row): Promise<Fixture> => (await load(row.file)) as Fixture;
  const inputs = async (): Promise<Inputs> => (await load("inputs.json")) as Inputs;

  for (const row of rows) {
    describe(`${row.covers} ${row.variant}`, () => {
      if (row.kind === "function") {
        for (const array of [Float32Array, Float64Array] as const) {
          it(`gives Optax's numbers (${array.name})`, async () => {
            const results = runFunction(gl, row, await inputs(), array);
            const fixture = await fixtureOf(row);
            expectSteps(results.length, fixture.results.length);
            fixture.results.forEach((expected, i) => {
              expectClose(results[i] ?? [], expected, row.tolerance, `call ${i}`);
            });
          });
        }
        return;
      }
      if (row.double !== "only") {
        it("gives Optax's numbers", async () => {
          const outcome = runPure(gl, row, await inputs(), Float32Array);
          expectFixture(outcome, await fixtureOf(row), row.tolerance);
        });
      }
      it("gives them in double precision", async () => {
        const outcome = runPure(gl, row, await inputs(), Float64Array);
        expectFixture(outcome, await fixtureOf(row), row.tolerance);
      });
      it("names the types of states, and finds the trees like the parameters", async () => {
        const fixture = await fixtureOf(row);
        const { tree } = runPure(gl, row, await inputs(), Float32Array);
        expectTypes(gl, tree, fixture);
        if (fixture.paramsLike) expectParamsLike(gl, row, tree, fixture.paramsLike);
        expectTypes(gl, runInPlace(gl, row, await inputs(), Float32Array).tree, fixture);
      });
      for (const array of [Float32Array, Float64Array] as const) {
        it(`gives the same bits in place (${array.name})`, async () => {
          const pure = runPure(gl, row, await inputs(), array);
          const inPlace = runInPlace(gl, row, await inputs(), array);
          expectSameBits(inPlace.params, pure.params, "params");
          expectSameNumbers(inPlace.state, pure.state, "state");
        });
      }
    });
  }
};
