/** The trees that a training state shows are frozen: assigning to a part is an error, numbers on the host can be set. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { evaluate } from "../conformance/function-rows.ts";
import { load, rows } from "../conformance/node-fixtures.ts";
import { type AnyTree, fromStored, type Inputs } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { expectRefusal } from "./refusal.ts";

const inputs = load("inputs.json") as Inputs;
const params = () => ({
  w: new Float32Array([1, 2]),
  k: gl.tensor(new Float32Array(6), [2, 3]),
  list: [new Float32Array(1)],
});

/** Lists the objects of a tree that can be changed, by their path; the elements of arrays may be. */
const changeable = (node: unknown, path: string): string[] => {
  if (typeof node !== "object" || node === null || ArrayBuffer.isView(node)) return [];
  const below = Object.entries(node).flatMap(([key, child]) => changeable(child, `${path}.${key}`));
  return Object.isFrozen(node) ? below : [path, ...below];
};

/** Lists the numbers and flags of a tree with the objects that hold them. */
const numbersOf = (node: AnyTree, path: string): [holder: AnyTree, key: string, path: string][] => {
  if (typeof node !== "object" || node === null || ArrayBuffer.isView(node)) return [];
  return Object.entries(node).flatMap(([key, child]): [AnyTree, string, string][] =>
    typeof child === "number" || typeof child === "boolean"
      ? [[node, key, `${path}.${key}`]]
      : numbersOf(child, `${path}.${key}`),
  );
};

describe(`the views of a training state on ${engineName}`, () => {
  it.each(
    rows
      .filter(({ kind, covers }) => kind === "transformation" && !/^(contrib\.sam|lookahead)$/.test(covers))
      .map((row) => [`${row.covers} ${row.variant}`, row] as const),
  )("are frozen: %s", (_, row) => {
    const tree = fromStored(inputs[row.tree]!.params, Float32Array);
    const tx = evaluate(row.gradloom, { gl }) as gl.GradientTransformation;
    const train = gl.TrainState.create({ params: tree, tx }) as AnyTree;
    for (const name of ["params", "grads", "optState"]) expect(changeable(train[name], name)).toEqual([]);
    for (const [holder, key, path] of numbersOf(train.optState, "optState")) {
      if (path.endsWith(".shape") || path.includes(".shape.")) continue;
      const before = holder[key];
      try {
        holder[key] = typeof before === "boolean" ? !before : before === 0.5 ? 2 : 0.5;
      } catch (error) {
        expect(error, path).toMatchObject({ code: "INVALID_STATE", message: /a schedule sets this number/ });
        continue;
      }
      expect(holder[key], path).not.toBe(before);
    }
    train.dispose();
  });

  it("refuse a new leaf, a new key and a leaf taken away", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.adam(0.1) }) as AnyTree;
    const changes: (() => unknown)[] = [
      () => {
        train.params.w = new Float32Array(2);
      },
      () => {
        train.grads.w = new Float32Array(2);
      },
      () => {
        train.grads.more = new Float32Array(2);
      },
      () => {
        train.params.k.data = new Float32Array(6);
      },
      () => {
        train.params.k.shape[0] = 3;
      },
      () => {
        train.params.list[0] = new Float32Array(1);
      },
      () => {
        train.params.list.push(new Float32Array(1));
      },
      () => {
        train.optState[0].mu.w = new Float32Array(2);
      },
      () => {
        train.optState[0].mu = params();
      },
      () => {
        train.optState[0] = {};
      },
      () => {
        train.optState[0].extra = 1;
      },
      () => delete train.optState[0].mu,
      () => {
        train.params = params();
      },
    ];
    for (const change of changes) expect(change).toThrow(TypeError);
    train.params.w[0] = 7;
    train.optState[0].mu.w[0] = 8;
    expect([train.params.w[0], train.optState[0].mu.w[0]]).toEqual([7, 8]);
  });

  it("let a count be set, which the next step sees", () => {
    const [set, resumed] = [0, 1].map(
      () => gl.TrainState.create({ params: params(), tx: gl.adam(0.1) }) as AnyTree,
    );
    set.applyGradients(params());
    resumed.applyGradients(params());
    const snapshot = resumed.snapshot();
    snapshot.optState[0].count = 41;
    set.optState[0].count = 41;
    const other = gl.TrainState.create({ ...snapshot, tx: gl.adam(0.1) }) as AnyTree;
    set.applyGradients(params());
    other.applyGradients(params());
    expect(set.optState[0].count).toBe(42);
    expect(set.snapshot()).toEqual(other.snapshot());
  });

  it("refuse a number of another type", () => {
    const train = gl.TrainState.create({
      params: params(),
      tx: gl.injectHyperparams(gl.adam)(0.1),
    }) as AnyTree;
    const wrong = (path: string, set: () => unknown) =>
      expectRefusal(set, { code: "INVALID_STATE", path }, () => train.optState);
    wrong("optState.hyperparams.b1", () => {
      train.optState.hyperparams.b1 = "0.9";
    });
    wrong("optState.innerState[0].count", () => {
      train.optState.innerState[0].count = undefined;
    });
  });

  it("refuse a hyperparameter that a schedule computes", () => {
    const tx = gl.injectHyperparams(gl.adam)(gl.linearSchedule(0.1, 0, 10));
    const train = gl.TrainState.create({ params: params(), tx }) as AnyTree;
    train.optState.hyperparams.b1 = 0.5;
    const { hyperparams } = train.optState;
    const refused = { code: "INVALID_STATE", path: "optState.hyperparams.learningRate" };
    expectRefusal(
      () => {
        hyperparams.learningRate = 0.5;
      },
      refused,
      () => train.optState,
    );
    expectRefusal(
      () => {
        train.optState.hyperparams = { ...hyperparams, learningRate: 0.5 };
      },
      refused,
      () => train.optState,
    );
    train.optState.hyperparams = { ...hyperparams, b1: 0.6 };
    train.applyGradients(params());
    train.applyGradients(params());
    expect(hyperparams).toEqual({ ...hyperparams, learningRate: gl.linearSchedule(0.1, 0, 10)(1), b1: 0.6 });
  });

  it("stay the same objects, live from step to step, also where the state is replaced", () => {
    const seen: gl.GradientTransformation = {
      init: () => ({ seen: 0 }) as never,
      update: (updates, state: AnyTree) => [updates, { seen: state.seen + 1 } as never],
    };
    const tx = gl.chain(
      seen,
      gl.monitor({ norm: gl.tree.norm }),
      new gl.MultiSteps(gl.novograd(0.1), 2) as never,
    );
    const train = gl.TrainState.create({ params: params(), tx }) as AnyTree;
    const { params: held, optState } = train;
    const [, , multi] = optState;
    for (let step = 0; step < 3; step++) train.applyGradients(params());
    expect([train.params, train.optState]).toEqual([held, optState]);
    expect(train.optState).toBe(optState);
    expect([optState[0].seen, multi.miniStep, multi.gradientStep]).toEqual([3, 1, 1]);
    expect(optState[1].measurements.norm).toBeGreaterThan(0);
    multi.miniStep = 0;
    train.applyGradients(params());
    expect(multi.miniStep).toBe(1);
  });

  it("print, copy and serialise as plain objects do", () => {
    const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx: gl.adam(0.1) });
    train.applyGradients({ w: new Float32Array([1]) });
    const plain = train.snapshot().optState;
    expect(inspect(train.optState, { depth: 9 })).toBe(inspect(plain, { depth: 9 }));
    expect(JSON.stringify(train.optState)).toBe(JSON.stringify(plain));
    expect(structuredClone(train.optState)).toEqual(plain);
    expect(gl.tree.get(train.optState, "ScaleByAdamState")).toBe(train.optState[0]);
  });

  it("of adopted parameters are the caller's own tree", () => {
    const own = params();
    const train = gl.TrainState.create({ params: own, tx: gl.sgd(0.1), adopt: true });
    expect(train.params).toBe(own);
    expect(Object.isFrozen(own)).toBe(false);
  });
});
