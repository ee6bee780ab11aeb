import { describe, expect, it } from "vitest";
import { expectClose, expectSameBits } from "../conformance/compare.ts";
import { type AnyTree, type FloatArray, flat } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { fill, train } from "./arbitraries.ts";

const arrays = [Float32Array, Float64Array] as const;
const EDGES = [0, 1, 255, 256, 257, 1023, 1024, 1025, 2048, 4097];

/** Computes clipByGlobalNorm(1), then Adam with weight decay, with loops over doubles. */
const reference = (params: readonly FloatArray[], grads: readonly (readonly FloatArray[])[]): number[][] => {
  const p = params.map((leaf) => [...leaf]);
  const m = params.map((leaf) => [...leaf].fill(0));
  const v = params.map((leaf) => [...leaf].fill(0));
  grads.forEach((step, t) => {
    const norm = Math.sqrt(step.reduce((sum, leaf) => [...leaf].reduce((s, g) => s + g * g, sum), 0));
    const factor = norm < 1 ? 1 : 1 / norm;
    step.forEach((leaf, l) => {
      const [pl, ml, vl] = [p[l]!, m[l]!, v[l]!];
      leaf.forEach((raw, i) => {
        const g = raw * factor;
        ml[i] = 0.9 * ml[i]! + 0.1 * g;
        vl[i] = 0.999 * vl[i]! + 0.001 * g * g;
        const direction = ml[i]! / (1 - 0.9 ** (t + 1)) / (Math.sqrt(vl[i]! / (1 - 0.999 ** (t + 1))) + 1e-8);
        pl[i] = pl[i]! - 0.01 * (direction + 0.1 * pl[i]!);
      });
    });
  });
  return p;
};

const optimizer = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(0.01, { weightDecay: 0.1 }));
const close = (array: (typeof arrays)[number]): number => (array === Float64Array ? 1e-11 : 2e-5);

const expectReference = (shape: readonly number[], array: (typeof arrays)[number]): void => {
  const params = fill(shape, array, 1) as FloatArray[];
  const grads = [2, 3, 4].map((seed) => fill(shape, array, seed) as FloatArray[]);
  const expected = reference(params, grads);
  const pure = train(optimizer(), params, grads);
  const inPlace = gl.TrainState.create({ params, tx: optimizer() });
  for (const grad of grads) inPlace.applyGradients(grad);
  expected.forEach((leaf, i) => {
    expectClose([...(pure.params as FloatArray[])[i]!], leaf, close(array), `leaf ${i} of ${shape[i]}`);
    expectSameBits(
      [...(inPlace.params as FloatArray[])[i]!],
      [...(pure.params as FloatArray[])[i]!],
      `leaf ${i} in place`,
    );
  });
  inPlace.dispose();
};

describe(`memory on ${engineName}`, () => {
  for (const array of arrays) {
    for (const size of EDGES) {
      it(`a leaf of ${size} elements (${array.name})`, () => expectReference([size], array));
    }
    it(`leaves of all sizes together (${array.name})`, () => expectReference(EDGES, array));
    it(`a thousand small leaves (${array.name})`, () =>
      expectReference(
        Array.from({ length: 1000 }, (_, i) => i % 7),
        array,
      ));
    it(`work for several threads (${array.name})`, () => expectReference([150_001, 3, 100_000], array));
  }

  it("f32 and f64 leaves in one tree", () => {
    const params = [new Float32Array([1, 2]), new Float64Array([3]), new Float32Array(300).fill(0.5)];
    const grads = [new Float32Array([0.3, -4]), new Float64Array([1]), new Float32Array(300).fill(-0.1)];
    const { params: after } = train(optimizer(), params, [grads, grads]) as { params: FloatArray[] };
    const expected = reference(params, [grads, grads]);
    expect(after.map((leaf) => leaf.constructor)).toEqual([Float32Array, Float64Array, Float32Array]);
    expected.forEach((leaf, i) => {
      expectClose([...after[i]!], leaf, 2e-5, `leaf ${i}`);
    });
  });

  it("leaves that are views into a larger buffer, at odd offsets", () => {
    const memory = new Float32Array(4000).fill(7);
    const grads = new Float32Array(4000).fill(9);
    const cut = (whole: Float32Array) => ({
      a: whole.subarray(1, 1),
      b: whole.subarray(3, 1301),
      c: whole.subarray(1301, 1304),
    });
    const [p, g] = [cut(memory), cut(grads)];
    p.b.forEach((_, i) => {
      p.b[i] = Math.sin(i);
      g.b[i] = Math.cos(i);
    });
    const copies = (tree: AnyTree) => ({ a: tree.a.slice(), b: tree.b.slice(), c: tree.c.slice() });
    const before = [memory.slice(), grads.slice()] as const;
    const viewed = train(optimizer(), p, [g, g]);
    const alone = train(optimizer(), copies(p), [copies(g), copies(g)]);
    expectSameBits(flat(viewed.params), flat(alone.params), "params");
    expect(memory).toEqual(before[0]);
    expect(grads).toEqual(before[1]);
  });

  it("adopted parameters are updated where they lie, and nothing beside them", () => {
    const memory = new Float32Array(3000).fill(7);
    const params = { a: memory.subarray(5, 1305), b: memory.subarray(1310, 1311) };
    const grads = { a: new Float32Array(1300).fill(1), b: new Float32Array([2]) };
    const expected = train(gl.adam(0.1), { a: params.a.slice(), b: params.b.slice() }, [grads, grads]);
    const state = gl.TrainState.create({ params, tx: gl.adam(0.1), adopt: true });
    state.applyGradients(grads);
    state.applyGradients(grads);
    expectSameBits([...params.a, ...params.b], flat(expected.params), "params");
    const outside = [...memory.subarray(0, 5), ...memory.subarray(1305, 1310), ...memory.subarray(1311)];
    expect(outside.every((x) => x === 7)).toBe(true);
    state.dispose();
  });

  it("gradients written into train.grads need no argument", () => {
    const params = { w: fill(1500, Float32Array, 1) };
    const grads = { w: fill(1500, Float32Array, 2) };
    const given = gl.TrainState.create({ params, tx: optimizer() });
    const written = gl.TrainState.create({ params, tx: optimizer() });
    for (let step = 0; step < 3; step++) {
      given.applyGradients(grads);
      written.grads.w.set(grads.w);
      written.applyGradients();
    }
    expectSameBits(flat(written.params), flat(given.params), "params");
    given.dispose();
    written.dispose();
  });

  it("many states at once do not disturb each other", () => {
    const trees = Array.from({ length: 40 }, (_, i) => ({ w: fill(500 + 37 * i, Float32Array, i) }));
    const states = trees.map((params) => gl.TrainState.create({ params, tx: gl.adam(0.1) }));
    for (let step = 0; step < 3; step++)
      states.forEach((state, i) => {
        state.applyGradients(trees[i] as AnyTree);
      });
    trees.forEach((tree, i) => {
      const alone = train(gl.adam(0.1), tree, [tree, tree, tree]);
      expectSameBits(flat(states[i]?.params), flat(alone.params), `state ${i}`);
      states[i]?.dispose();
    });
  });
});
