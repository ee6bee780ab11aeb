import { type JsTree, numpy as np, tree } from "@jax-js/jax";
import * as optax from "@jax-js/optax";
import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { type JaxTransformation, toJaxTransformation } from "../../ts/src/jax/index.ts";
import { expectFixture, type Fixture } from "../conformance/conformance.ts";
import { load, rows } from "../conformance/node-fixtures.ts";
import { camelCase, type Row } from "../conformance/rows.ts";
import { evaluate, type Outcome } from "../conformance/run.ts";
import { type AnyTree, byPath, flat, fromStored, type Inputs } from "../conformance/trees.ts";
import { liveBuffers } from "./arrays.ts";

// The rows run once: those of the conformance tests run on every engine.
gl.setEngine(gl.nativeEngine());

const inputs = load("inputs.json") as Inputs;

/** Makes a tree of jax-js of one of typed arrays. */
const toJax = (node: AnyTree): AnyTree => {
  if (ArrayBuffer.isView(node)) return np.array(node as Float32Array<ArrayBuffer>);
  if (Array.isArray(node)) return node.map(toJax);
  if (ArrayBuffer.isView(node.data)) {
    return node.data.length > 0 ? np.array(node.data, { shape: node.shape }) : np.zeros(node.shape);
  }
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, toJax(child)]));
};

/** Makes a tree with typed arrays of one of jax-js, which it leaves alone. */
const toHost = (node: AnyTree): AnyTree => {
  if (node instanceof np.Array) return node.size > 0 ? node.ref.dataSync() : new Float32Array(0);
  if (typeof node !== "object" || node === null || ArrayBuffer.isView(node.data ?? node)) return node;
  if (Array.isArray(node)) return node.map(toHost);
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, toHost(child)]));
};

/** Takes the steps of a row with arrays of jax-js, and releases them. */
const run = (row: Row, solver: Pick<JaxTransformation, "init" | "update">): Outcome => {
  const { params: initial, grads } = inputs[row.tree] as Inputs[string];
  let params = toJax(fromStored(initial, Float32Array));
  let state = solver.init(tree.ref(params));
  const perStep = (grads[row.grads] ?? []).slice(0, row.steps).map((stored, step) => {
    const extra = Object.entries(row.extra).map(([name, values]) => [
      camelCase(name),
      np.array(values[step] as number),
    ]);
    const gradient = toJax(fromStored(stored, Float32Array));
    const [updates, next] = solver.update(gradient, state, tree.ref(params), Object.fromEntries(extra));
    state = next;
    const numbers = flat(toHost(updates));
    params = optax.applyUpdates(params, updates);
    return numbers;
  });
  const outcome = { perStep, params: flat(toHost(params)), state: byPath(toHost(state)), tree: undefined };
  tree.dispose([params, state] as JsTree<np.Array>);
  return outcome;
};

/** Rows that arrays and numbers alone describe: no writes into the state between steps, no objective, no double precision. */
const plain = rows.filter(
  ({ kind, set, objective, double }) =>
    kind === "transformation" && set.length === 0 && objective === undefined && double !== "only",
);

/** One row of each transformation: all rows take as long as the rest of the tests together. */
const first = plain.filter(({ covers }, i) => plain.findIndex((row) => row.covers === covers) === i);

const expectOptax = (row: Row, solver: Pick<JaxTransformation, "init" | "update">) => {
  const before = liveBuffers();
  expectFixture(run(row, solver), load(row.file) as Fixture, row.tolerance);
  expect(liveBuffers()).toBe(before);
};

describe("gradloom over arrays of jax-js gives the numbers of real Optax", () => {
  it("in a row of most transformations", () => {
    expect(first.length).toBeGreaterThan(100);
  });
  for (const row of first) {
    it(`${row.covers} ${row.variant}`, () => {
      expectOptax(row, toJaxTransformation(evaluate(gl, row.gradloom)));
    });
  }
});

describe("the alias of @jax-js/optax gives the numbers of real Optax", () => {
  const { sgd, adam, adamw, scaleByAdam, clipByGlobalNorm, setToZero, scaleBySchedule, scaleByLearningRate } =
    optax;
  const own = {
    sgd,
    adam,
    adamw,
    scaleByAdam,
    clipByGlobalNorm,
    setToZero,
    scaleBySchedule,
    scaleByLearningRate,
  };
  const known = plain.filter(
    ({ covers, gradloom }) => Object.hasOwn(own, covers) && !/mask|Dtype|null|chain|flipSign/.test(gradloom),
  );
  it("in rows of each", () => {
    expect([...new Set(known.map(({ covers }) => covers))].sort()).toEqual(Object.keys(own).sort());
  });
  for (const row of known) {
    it(`${row.covers} ${row.variant}`, () => {
      expectOptax(row, evaluate({ ...gl, ...own }, row.gradloom) as JaxTransformation);
    });
  }
});

describe("the bias correction", () => {
  const factor = (count: number, decay: number): number => {
    const corrected = optax.treeBiasCorrection(
      np.array([1]),
      decay,
      np.array(count, { dtype: np.uint32 }),
    ) as np.Array;
    return (corrected.js() as number[])[0] as number;
  };

  it("is exact where jax-js's power is 1.2 % off", () => {
    const theirs = np.reciprocal(np.subtract(1, np.power(0.999, np.array(1)))).item();
    expect(Math.abs(theirs / 1000 - 1)).toBeGreaterThan(0.01);
    for (const decay of [0, 0.5, 0.9, 0.99, 0.999, 0.9999]) {
      for (const count of [1, 2, 3, 10, 100, 1000, 100_000]) {
        const exact = 1 / (1 - decay ** count);
        expect(Math.abs(factor(count, decay) / exact - 1)).toBeLessThan(5e-5);
        if (decay ** count > 0.7) expect(Math.abs(factor(count, decay) / exact - 1)).toBeLessThan(5e-7);
      }
    }
  });

  it("of adamw follows doubles for a hundred steps", () => {
    const solver = optax.adamw(0.1);
    let params = np.array([1, 2, 3]);
    let state = solver.init(params.ref);
    const exact = [1, 2, 3];
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let t = 1; t <= 100; t++) {
      const gradient = params.ref.sub(1).mul(2);
      const g = exact.map((p) => 2 * (p - 1));
      const [updates, next] = solver.update(gradient, state, params.ref);
      [params, state] = [params.add(updates), next];
      g.forEach((x, i) => {
        m[i] = 0.9 * (m[i] as number) + 0.1 * x;
        v[i] = 0.999 * (v[i] as number) + 0.001 * x * x;
        const ratio =
          (m[i] as number) / (1 - 0.9 ** t) / (Math.sqrt((v[i] as number) / (1 - 0.999 ** t)) + 1e-8);
        exact[i] = (exact[i] as number) - 0.1 * (ratio + 1e-4 * (exact[i] as number));
      });
    }
    (params.js() as number[]).forEach((p, i) => {
      expect(Math.abs(p - (exact[i] as number))).toBeLessThan(2e-5);
    });
    tree.dispose(state);
  });
});
