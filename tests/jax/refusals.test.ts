import { createRequire } from "node:module";
import { grad, jit, numpy as np, tree, vmap } from "@jax-js/jax";
import { describe, expect, it } from "vitest";
import { JaxTrainState, toJaxTransformation } from "../../ts/src/jax/index.ts";
import { engineName, gl } from "../engine.ts";

const f = (...x: number[]) => np.array(Float32Array.from(x));

const params = () => ({ net: [{ w: f(1, 2), n: np.array([1, 2], { dtype: np.int32 }) }], b: f(3) });
const grads = () => ({ net: [{ w: f(1, 1), n: np.zeros([2], { dtype: np.int32 }) }], b: f(1) });
type Params = ReturnType<typeof params>;

const disposed = () => {
  const array = f(1, 1);
  array.dispose();
  return array;
};

/** Gradients that are refused: what stands in place of a leaf, the code, the path, and the remedy. */
const BAD: Record<string, [make: () => unknown, code: string, path: string, remedy: RegExp]> = {
  "a missing gradient": [
    () => ({ ...grads(), b: null }),
    "STRUCTURE_MISMATCH",
    "b",
    /Pass zeros: np\.zerosLike.*freeze/,
  ],
  "a missing layer": [() => ({ ...grads(), net: [] }), "STRUCTURE_MISMATCH", "net[0].w", /np\.zerosLike/],
  "another leaf": [
    () => ({ ...grads(), c: f(1) }),
    "STRUCTURE_MISMATCH",
    "c",
    /structure of the parameters|same structure/,
  ],
  "another shape": [() => ({ ...grads(), b: f(1, 2) }), "SHAPE_MISMATCH", "b", /shape/],
  "another rank": [() => ({ ...grads(), b: f(1).reshape([1, 1]) }), "SHAPE_MISMATCH", "b", /shape/],
  integers: [
    () => ({ ...grads(), b: np.array([1], { dtype: np.int32 }) }),
    "DTYPE_MISMATCH",
    "b",
    /x\.astype\("float32"\)|same structure/,
  ],
  "gradients of integers": [
    () => ({ ...grads(), net: [{ w: f(1, 1), n: np.array([0, 1], { dtype: np.int32 }) }] }),
    "DTYPE_MISMATCH",
    "net[0].n",
    /null as the gradient/,
  ],
  "a disposed array": [
    () => ({ ...grads(), net: [{ ...grads().net[0], w: disposed() }] }),
    "DISPOSED",
    "net[0].w",
    /\.ref/,
  ],
  "a typed array": [() => ({ ...grads(), b: Float32Array.of(1) }), "INVALID_TREE", "b", /np\.array\(x\)/],
  "a number": [() => ({ ...grads(), b: 1 }), "INVALID_TREE", "b", /np\.array\(x\)/],
  undefined: [() => ({ ...grads(), b: undefined }), "INVALID_TREE", "b", /np\.array\(x\)/],
  "a promise": [() => ({ ...grads(), b: Promise.resolve(f(1)) }), "INVALID_TREE", "b", /np\.array\(x\)/],
};

const where = (root: string, path: string) => (path.startsWith("[") ? root + path : `${root}.${path}`);

const countOf = (given: unknown): number[] =>
  tree.leaves<unknown>(given as never).map((leaf) => (leaf instanceof np.Array ? leaf.refCount : -1));

describe(`trees of jax-js that do not fit, on ${engineName}`, () => {
  for (const [name, [make, code, path, remedy]] of Object.entries(BAD)) {
    const refusal = expect.objectContaining({
      name: "GradloomError",
      code,
      path: where("grads", path),
      remedy: expect.stringMatching(remedy),
    });

    it(`${name}: a step changes and consumes nothing`, async () => {
      const train = JaxTrainState.create({ params: params(), tx: gl.adam(0.1) });
      train.applyGradients(grads());
      const before = train.snapshot();
      const given = make() as Params;
      const counts = countOf(given);
      expect(() => train.applyGradients(given)).toThrow(refusal);
      await expect(train.applyGradientsAsync(given)).rejects.toThrow(refusal);
      expect(train.snapshot()).toEqual(before);
      expect(countOf(given)).toEqual(counts);
      train.applyGradients(grads());
      expect(train.step).toBe(2);
    });
  }

  it("are refused by the pure functions with the path of the leaf, and nothing is consumed", () => {
    const solver = toJaxTransformation(gl.adam(0.1));
    const p = { w: f(1, 2), b: f(3) };
    const state = solver.init(tree.ref(p));
    const refuses = (updates: unknown, given: unknown, code: string, path: string) => {
      const counts = countOf([updates, given, p]);
      expect(() => solver.update(updates as typeof p, given as never, p)).toThrow(
        expect.objectContaining({ code, path }),
      );
      expect(countOf([updates, given, p])).toEqual(counts);
    };
    refuses({ w: f(1, 2) }, state, "STRUCTURE_MISMATCH", "updates.b");
    refuses({ w: f(1, 2), b: null }, state, "STRUCTURE_MISMATCH", "updates.b");
    refuses({ w: f(1, 2), b: f(1, 2) }, state, "SHAPE_MISMATCH", "updates.b");
    refuses({ w: f(1, 2), b: disposed() }, state, "DISPOSED", "updates.b");
    refuses({ w: f(1, 2), b: 1 }, state, "INVALID_TREE", "updates.b");
    refuses({ w: f(1, 2), b: f(1) }, [], "INVALID_STATE", "state");
    refuses({ w: f(1, 2), b: f(1) }, [{ count: 0 }, []], "INVALID_STATE", "state[0]");
    expect(() => solver.init({ w: new Float32Array(1) } as never)).toThrow(
      expect.objectContaining({ code: "INVALID_TREE", path: "params.w" }),
    );
    expect(() => toJaxTransformation(gl.adam as never)).toThrow(
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: "toJaxTransformation.tx" }),
    );
  });

  it("with one reference for two places are refused", () => {
    const train = JaxTrainState.create({ params: { a: f(1), b: f(1) }, tx: gl.sgd(1) });
    const shared = f(1);
    expect(() => train.applyGradients({ a: shared, b: shared })).toThrow(
      expect.objectContaining({ code: "DISPOSED", path: "grads.b" }),
    );
    train.applyGradients({ a: shared.ref, b: shared });
    expect(shared.refCount).toBe(0);
    expect(train.params.b.ref.js()).toEqual([0]);
  });

  it("hold values that are traced: the error names jit, and says what to trace", () => {
    const train = JaxTrainState.create({ params: { w: f(1, 2) }, tx: gl.sgd(1) });
    const step = (w: np.Array) => {
      train.applyGradients({ w });
      return w;
    };
    const refusal = expect.objectContaining({ code: "UNSUPPORTED", path: "grads.w" });
    expect(() => jit(step)(f(1, 2))).toThrow(refusal);
    expect(() => vmap(step)(f(1, 2).reshape([1, 2]))).toThrow(refusal);
    expect(() => grad((w: np.Array) => step(w).sum())(f(1, 2))).toThrow(refusal);
    expect(train.step).toBe(0);
  });

  it("are refused at the start", () => {
    const tx = gl.adam(0.1);
    const create = (given: unknown, rest: object = {}) =>
      JaxTrainState.create({ params: given as Params, tx, ...rest });
    const refuses = (call: () => unknown, code: string, path: string) =>
      expect(call).toThrow(expect.objectContaining({ code, path }));
    refuses(() => create({ w: disposed() }), "DISPOSED", "params.w");
    refuses(() => create({ w: 1 }), "INVALID_TREE", "params.w");
    refuses(() => create({ w: new Int8Array(1) }), "DTYPE_MISMATCH", "params.w");
    refuses(() => create(undefined), "INVALID_TREE", "params");
    refuses(() => create({ w: f(1) }, { adopt: true }), "UNKNOWN_OPTION", "JaxTrainState.create.adopt");
    refuses(() => create({ w: f(1) }, { optState: [{}, {}] }), "INVALID_STATE", "optState[0]");
    refuses(() => create({ w: f(1) }, { engine: "none" }), "ENGINE_UNAVAILABLE", "engine");
    refuses(() => create({ w: f(1) }, { step: -1 }), "INVALID_HYPERPARAMETER", "JaxTrainState.create.step");
    const given = { w: f(1) };
    expect(() => create(given, { step: -1 })).toThrow(gl.GradloomError);
    expect(given.w.refCount).toBe(1);
  });

  it("hold arrays of another copy of jax-js: the error says to load one", () => {
    const other = createRequire(import.meta.url)("@jax-js/jax").numpy as typeof np;
    expect(other).not.toBe(np);
    expect(() => JaxTrainState.create({ params: { w: other.array([1, 2]) }, tx: gl.sgd(1) })).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED",
        path: "params.w",
        remedy: expect.stringMatching(/once/),
      }),
    );
  });

  it("hold arrays that jax-js cannot compute: the error names the leaf, and has its error as the cause", async () => {
    // The device wasm has no half precision.
    const w = f(1, 2).astype(np.float16);
    const refusal = expect.objectContaining({
      code: "UNSUPPORTED",
      path: "params.w",
      cause: expect.objectContaining({ message: expect.stringMatching(/not supported in wasm/) }),
    });
    const options = { params: { w }, tx: gl.sgd(1) };
    expect(() => JaxTrainState.create(options)).toThrow(refusal);
    await expect(JaxTrainState.createAsync(options)).rejects.toThrow(refusal);
    expect(w.refCount).toBe(1);
  });

  it("during an asynchronous step are refused", async () => {
    const train = JaxTrainState.create({ params: { w: f(1) }, tx: gl.sgd(1) });
    const first = train.applyGradientsAsync({ w: f(1) });
    const again = { w: f(1) };
    const busy = expect.objectContaining({ code: "STEP_IN_PROGRESS" });
    expect(() => train.applyGradients(again)).toThrow(busy);
    expect(() => train.dispose()).toThrow(busy);
    await first;
    train.applyGradients(again);
    expect(train.params.w.ref.js()).toEqual([-1]);
  });
});
