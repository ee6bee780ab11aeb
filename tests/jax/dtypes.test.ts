import { grad, numpy as np, tree } from "@jax-js/jax";
import { describe, expect, it } from "vitest";
import { JaxTrainState, toJaxTransformation } from "../../ts/src/jax/index.ts";
import { engineName, gl } from "../engine.ts";

/** Whether this platform has the class of half-precision arrays, without which jax-js makes none of float16 and float64. */
const hasHalf = "Float16Array" in globalThis;

describe(`dtypes of jax-js, on ${engineName}`, () => {
  it("integers and booleans among the parameters stay as they are", () => {
    const params = () => ({
      w: np.array([1, 2]),
      int: np.array([3, -4], { dtype: np.int32 }),
      uint: np.array([5], { dtype: np.uint32 }),
      flags: np.array([true, false]),
    });
    const objective = ({ w, int, uint, flags }: ReturnType<typeof params>) => {
      tree.dispose([uint, flags]);
      return w.mul(int.astype(np.float32)).sum();
    };
    const train = JaxTrainState.create({ params: params(), tx: gl.adam(0.5) });
    train.applyGradients(grad(objective)(tree.ref(train.params)));
    train.applyGradients({ w: np.array([3, -4]), int: null, uint: null, flags: null } as never);
    const { w, int, uint, flags } = train.params;
    expect(w.ref.js()).toEqual([expect.closeTo(0, 5), expect.closeTo(3, 5)]);
    expect([int.dtype, uint.dtype, flags.dtype]).toEqual(["int32", "uint32", "bool"]);
    expect([int.ref.js(), uint.ref.js(), flags.ref.js()]).toEqual([[3, -4], [5], [true, false]]);

    const solver = toJaxTransformation(gl.adam(0.5));
    const [updates] = solver.update(
      { ...params(), int: null, uint: null, flags: null } as never,
      solver.init(params()),
      params(),
    ) as [ReturnType<typeof params>, unknown];
    expect(updates.w.js()).toEqual([expect.closeTo(-0.5, 5), expect.closeTo(-0.5, 5)]);
    expect(updates.int).toBeNull();
  });

  it("arrays without elements and scalars keep their shapes", () => {
    const params = { none: np.zeros([0, 3]), one: np.array(2), line: np.array([1]) };
    const train = JaxTrainState.create({ params, tx: gl.sgd(1) });
    train.applyGradients({ none: np.zeros([0, 3]), one: np.array(1), line: np.array([1]) });
    const { none, one, line } = train.params;
    expect([none.shape, one.shape, line.shape]).toEqual([[0, 3], [], [1]]);
    expect([one.ref.js(), line.ref.js()]).toEqual([1, [0]]);
  });

  it("double precision is computed in double precision, where jax-js makes such arrays", () => {
    const params = { w: np.zeros([1], { dtype: np.float64 }) };
    const create = () => JaxTrainState.create({ params, tx: gl.sgd(1) });
    if (!hasHalf) {
      expect(create).toThrow(
        expect.objectContaining({
          code: "UNSUPPORTED",
          path: "params.w",
          remedy: expect.stringMatching(/Node 24/),
        }),
      );
      expect(params.w.refCount).toBe(1);
      return;
    }
    const train = create();
    train.applyGradients({ w: np.array(Float64Array.of(0.1)) });
    train.applyGradients({ w: np.array(Float64Array.of(0.2)) });
    expect(train.params.w.dtype).toBe("float64");
    expect(train.params.w.ref.js()).toEqual([-(0.1 + 0.2)]);
    expect(() => train.applyGradients({ w: np.array([0.1]) })).toThrow(
      expect.objectContaining({ code: "DTYPE_MISMATCH", path: "grads.w" }),
    );
  });

  it("half precision is kept in single precision, and rounded where arrays are made", () => {
    // The device cpu computes in half precision, where JavaScript has the arrays for it; wasm does not.
    if (!hasHalf) {
      expect(() => np.array([1], { device: "cpu" }).astype(np.float16).dataSync()).toThrow(ReferenceError);
      return;
    }
    const half = (x: number) => np.array(Float32Array.of(x, -x), { device: "cpu" }).astype(np.float16);
    const train = JaxTrainState.create({ params: { w: half(1) }, tx: gl.sgd(2 ** -12) });
    for (let i = 0; i < 8; i++) train.applyGradients({ w: half(1) });
    // In half precision 1 - 2^-12 is 1: eight steps that are kept in it would go nowhere.
    const { w } = train.params;
    expect([w.dtype, w.ref.astype(np.float32).js()]).toEqual(["float16", [1 - 2 ** -9, -1 + 2 ** -9]]);
    const solver = toJaxTransformation(gl.adam(0.5));
    const [updates, [moments]] = solver.update({ w: half(1) }, solver.init({ w: half(1) })) as never as [
      { w: np.Array },
      [{ mu: { w: np.Array } }],
    ];
    expect([updates.w.dtype, moments.mu.w.dtype]).toEqual(["float16", "float32"]);
    expect(() => train.applyGradients({ w: np.array([1, 1]) })).toThrow(
      expect.objectContaining({ code: "DTYPE_MISMATCH", path: "grads.w" }),
    );
  });
});
