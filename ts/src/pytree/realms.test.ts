import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

/** Values of another realm, as an iframe has them. */
const foreign = (code: string): never => runInNewContext(`(${code})`) as never;

describe(`values of another realm, on ${engineName}`, () => {
  const params = () =>
    foreign(
      "{ w: Float32Array.of(3, 4), list: [{ data: Float64Array.of(1, 2), shape: [2, 1] }], n: Int32Array.of(7) }",
    );
  const grads = () =>
    foreign("{ w: Float32Array.of(1, 1), list: [{ data: Float64Array.of(1, 1), shape: [2, 1] }], n: null }");
  const own = () => ({ w: Float32Array.of(3, 4), list: [gl.tensor(Float64Array.of(1, 2), [2, 1])] });
  const ownGrads = () => ({ w: Float32Array.of(1, 1), list: [gl.tensor(Float64Array.of(1, 1), [2, 1])] });
  const numbers = (tree: unknown) => JSON.stringify(tree);

  it("are parameters and gradients, copied or adopted, like one's own", () => {
    expect(foreign("Float32Array")).not.toBe(Float32Array);
    const reference = gl.TrainState.create({ params: own(), tx: gl.adam(0.1) });
    reference.applyGradients(ownGrads());
    for (const adopt of [false, true]) {
      const options = { params: params() as Record<string, Float32Array>, tx: gl.adam(0.1), adopt };
      const train = gl.TrainState.create(options);
      train.applyGradients(grads());
      const { n, ...floats } = train.params;
      expect(numbers(floats)).toBe(numbers(reference.params));
      expect([...(n as unknown as Int32Array)]).toEqual([7]);
      const resumed = gl.TrainState.create({ ...train.snapshot(), tx: gl.adam(0.1) });
      expect(numbers(resumed.params)).toBe(numbers(train.params));
    }
  });

  it("are states: plain objects, typed arrays, Map and Set of a user's own transformation", () => {
    const tx = gl.chain(gl.scaleByLbfgs(), {
      init: () => foreign("{ map: new Map([['a', new Set([1])]]), at: [Float32Array.of(1)] }"),
      update: (u, s) => [u, s],
    });
    const { params: p, optState } = gl.TrainState.create({
      params: { w: Float32Array.of(1) },
      tx,
    }).snapshot();
    const copied = runInNewContext(
      "({ ...state[0], weightsMemory: Float64Array.from(state[0].weightsMemory) })",
      { state: optState },
    );
    const train = gl.TrainState.create({ params: p, tx, optState: [copied, optState[1]] as never });
    train.applyGradients({ w: Float32Array.of(1) });
    expect([...train.snapshot().optState[1].map.get("a")]).toEqual([1]);
  });

  it("are trees of every other function", () => {
    expect(numbers(gl.tree.scale(2, foreign("[Float64Array.of(0.1)]")))).toBe('[{"0":0.2}]');
    expect(gl.tree.norm(foreign("{ a: Float32Array.of(3), b: [Float32Array.of(4)] }"))).toBe(5);
    expect(numbers(gl.applyUpdates(foreign("[Float32Array.of(1)]"), [Float32Array.of(2)] as never))).toBe(
      '[{"0":3}]',
    );
    expect(
      numbers(gl.incrementalUpdate(foreign("[Float32Array.of(1)]"), [Float32Array.of(3)] as never, 0.5)),
    ).toBe('[{"0":2}]');
    expect(gl.random.normal(foreign("Uint32Array.of(0, 1)"), { shape: [2] }).data).toEqual(
      gl.random.normal(gl.random.key(1), { shape: [2] }).data,
    );
    expect(gl.pathMask(foreign("/w$/"))({ w: Float32Array.of(1), b: Float32Array.of(1) })).toEqual({
      w: true,
      b: false,
    });
    expect(gl.traverse.flattenDict(foreign("{ a: { b: 1 } }"), { sep: "/" })).toEqual({ "a/b": 1 });
    const matrix = "{ data: Float64Array.of(2, 0, 0, 1), shape: [2, 2] }";
    expect(gl.powerIteration(foreign(matrix))[1]).toBeInstanceOf(Float64Array);
    const masked = gl.masked(gl.sgd(1), foreign("{ w: true, b: false }"));
    expect(
      masked.update(
        { w: Float32Array.of(1), b: Float32Array.of(1) },
        masked.init({ w: Float32Array.of(1), b: Float32Array.of(1) }),
      )[0].b[0],
    ).toBe(1);
  });

  it("shared memory of another realm is not adopted either", () => {
    const shared = foreign("{ w: new Float32Array(new SharedArrayBuffer(4)) }");
    expect(() => gl.TrainState.create({ params: shared, tx: gl.sgd(1), adopt: true })).toThrow(
      expect.objectContaining({ code: "OVERLAPPING_MEMORY", path: "params.w" }),
    );
  });
});
