import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { internalsOf } from "./train-state.ts";

const f = (...x: number[]) => Float32Array.of(...x);
const params = () => ({
  count: Int32Array.of(7),
  net: { w: f(3, 4), seen: { data: BigInt64Array.of(1n, 2n), shape: [1, 2] } },
  on: Uint8ClampedArray.of(1),
});
const grads = () => ({ count: null, net: { w: f(3, 4), seen: null }, on: null });
const zeros = () => ({
  count: Int32Array.of(0),
  net: { w: f(3, 4), seen: { data: new BigInt64Array(2), shape: [1, 2] } },
  on: new Uint8ClampedArray(1),
});
const hidden = { count: false, net: { w: true, seen: false }, on: false };

/** Optimizers in which no kernel needs the integers. */
const SPARING: [name: string, tx: () => gl.GradientTransformation][] = [
  ["masked", () => gl.masked(gl.sgd(1), hidden)],
  ["masked by path", () => gl.masked(gl.adam(1), gl.pathMask(/w$/))],
  [
    "freeze",
    () =>
      gl.chain(
        gl.clipByGlobalNorm(1),
        gl.adamw(1),
        gl.freeze((tree: object) => gl.pathMask((path) => path !== "net/w")(tree)),
      ),
  ],
  ["setToZero", () => gl.chain(gl.adam(1), gl.setToZero())],
  [
    "selectiveTransform",
    () =>
      gl.selectiveTransform(
        gl.adam(1),
        gl.pathMask((path) => path !== "net/w"),
      ),
  ],
  [
    "partition",
    () =>
      gl.partition({ a: gl.sgd(1), b: gl.setToZero() }, { count: "b", net: { w: "a", seen: "b" }, on: "b" }),
  ],
  [
    "multiTransform with identity",
    () =>
      gl.multiTransform(
        { a: gl.adam(1), b: gl.identity() },
        { count: "b", net: { w: "a", seen: "b" }, on: "b" },
      ),
  ],
  ["injectHyperparams in masked", () => gl.masked(gl.injectHyperparams(gl.sgd)(0.5), hidden)],
];

const integersOf = ({ count, net, on }: ReturnType<typeof params>) => [count, net.seen, on];

describe(`integers among the parameters, on ${engineName}`, () => {
  for (const [name, tx] of SPARING) {
    it(`stay as they are under ${name}`, () => {
      const given = params();
      const train = gl.TrainState.create({ params: given, tx: tx() });
      train.applyGradients(zeros());
      train.applyGradients(grads() as never);
      train.grads.net.w.set([1, 1]);
      train.applyGradients();
      expect(train.grads.count).toBeNull();
      expect(integersOf(train.params as never)).toEqual(integersOf(params()));
      expect(train.params.count).not.toBe(given.count);
      const snapshot = train.snapshot();
      expect(snapshot.params.net.w).toEqual(train.params.net.w);
      expect(integersOf(snapshot.params)).toEqual(integersOf(params()));
      const resumed = gl.TrainState.create({ ...snapshot, tx: tx() });
      resumed.applyGradients(grads() as never);
      train.applyGradients(grads() as never);
      expect(resumed.params).toEqual(train.params);

      const pure = tx();
      const [updates, state] = pure.update(zeros(), pure.init(given) as never, given as never);
      expect(integersOf(updates)).toEqual(integersOf(zeros()));
      expect(integersOf(gl.applyUpdates(given, updates))).toEqual(integersOf(params()));
      const [partial] = pure.update(grads() as never, state, given as never) as unknown as [typeof given];
      expect([partial.count, partial.net.seen, partial.on]).toEqual([null, null, null]);
      expect(integersOf(gl.applyUpdates(given, partial))).toEqual(integersOf(params()));
    });
  }

  it("stay as they are under any optimizer where their gradient is null", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.adamw(0.1, { weightDecay: 1 }) });
    const alone = gl.TrainState.create({ params: { w: f(3, 4) }, tx: gl.adamw(0.1, { weightDecay: 1 }) });
    for (let i = 0; i < 3; i++) {
      train.applyGradients(grads() as never);
      alone.applyGradients({ w: f(3, 4) });
    }
    expect(train.params.net.w).toEqual(alone.params.w);
    expect(integersOf(train.params as never)).toEqual(integersOf(params()));
    expect(train.optState[0].mu.count).toBeInstanceOf(gl.MaskedNode);
  });

  it("are left alone by transformations that keep parameters in their state", () => {
    const tx = gl.contrib.sam(gl.sgd(1), gl.sgd(0.5));
    let state: unknown = tx.init(params());
    let at: unknown = params();
    for (let i = 0; i < 4; i++) {
      const [updates, next] = tx.update(grads() as never, state as never, at as never);
      [state, at] = [next, gl.applyUpdates(at as never, updates)];
    }
    expect(integersOf(at as never)).toEqual(integersOf(params()));
    const train = gl.TrainState.create({ params: params(), tx });
    for (let i = 0; i < 4; i++) train.applyGradients(grads() as never);
    expect(train.params).toEqual(at);
  });

  it("are the user's to count, and its own where they are adopted", () => {
    const own = params();
    const train = gl.TrainState.create({ params: own, tx: gl.sgd(1), adopt: true });
    train.params.count[0]! += 1;
    train.applyGradients(grads() as never);
    expect([own.count[0], train.snapshot().params.count[0], [...own.net.w]]).toEqual([8, 8, [0, 0]]);
  });

  it("are those of the arrays that are adopted in place of others", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.sgd(1), adopt: true });
    internalsOf(train).adoptAgain({ ...params(), count: Int32Array.of(8) });
    train.applyGradients(grads() as never);
    expect(train.snapshot().params.count).toEqual(Int32Array.of(8));
  });

  it("reach a line search's objective", () => {
    const seen: unknown[] = [];
    const tx = gl.lbfgs();
    const train = gl.TrainState.create({ params: { n: Int32Array.of(5), w: f(3) }, tx });
    const valueAndGradFn = ({ n, w }: { n: Int32Array; w: Float32Array }) => {
      seen.push(n[0]);
      return [w[0]! ** 2, { n: null, w: f(2 * w[0]!) }];
    };
    train.applyGradients({ n: null, w: f(6) } as never, {
      value: 9,
      grad: { n: null, w: f(6) },
      valueAndGradFn,
    });
    expect(seen[0]).toBe(5);
    expect(train.params.w[0]).toBe(2);
  });

  it("are copied by incrementalUpdate from the new values", () => {
    const target = { ...params(), count: Int32Array.of(1) };
    const next = gl.incrementalUpdate(params(), target, 0.5);
    expect(integersOf(next)).toEqual(integersOf(params()));
    expect(next.count).not.toBe(target.count);
  });

  it("take every kind of array, copied even where it is a Buffer", () => {
    const kinds = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
    ];
    const tree = {
      w: f(1),
      ...Object.fromEntries(kinds.map((kind) => [kind.name, kind.of(3)])),
      buffer: Buffer.from([1, 2]),
    };
    const train = gl.TrainState.create({ params: tree, tx: gl.sgd(1) });
    tree.buffer[0] = 9;
    const none = Object.fromEntries(Object.keys(tree).map((key) => [key, null]));
    train.applyGradients({ ...none, w: f(1) } as never);
    expect({ ...train.params, buffer: null }).toEqual({ ...tree, w: f(0), buffer: null });
    expect([...train.params.buffer]).toEqual([1, 2]);
  });

  describe("are refused by name where a kernel would have to compute with them", () => {
    const refusal = (path: string, text: RegExp) =>
      expect.objectContaining({ code: "DTYPE_MISMATCH", path, message: expect.stringMatching(text) });

    it("in a step, before anything changes", () => {
      const train = gl.TrainState.create({ params: params(), tx: gl.chain(gl.sgd(1), gl.trace(0.9)) });
      const before = JSON.stringify(train.snapshot().params.net.w);
      expect(() => train.applyGradients({ ...zeros(), count: Int32Array.of(1) })).toThrow(
        refusal("grads.count", /an Int32Array cannot be optimised.*null.*masked/),
      );
      expect(JSON.stringify(train.params.net.w)).toBe(before);
      expect(train.step).toBe(0);
    });

    it("in a pure update", () => {
      const tx = gl.scaleByAdam();
      expect(() => tx.update(zeros(), tx.init(params()) as never)).toThrow(
        refusal("updates.count", /scaleByAdam/),
      );
    });

    it("by noise", () => {
      const tx = gl.addNoise(1, 1);
      expect(() => tx.update(zeros(), tx.init(params()) as never)).toThrow(
        refusal("updates.count", /addNoise/),
      );
    });

    it("by a transformation of one's own", () => {
      const tx = gl.chain(gl.stateless((u) => u));
      expect(() => tx.update(zeros(), tx.init(params()) as never)).toThrow(
        refusal("updates.count", /stateless/),
      );
    });

    it("by applying a gradient that a mask lets through", () => {
      const tx = gl.masked(gl.sgd(1), hidden);
      const train = gl.TrainState.create({ params: params(), tx });
      const wrong = { ...zeros(), on: Uint8ClampedArray.of(1) };
      expect(() => train.applyGradients(wrong)).toThrow(refusal("grads.on", /Uint8ClampedArray/));
      expect(() => gl.applyUpdates(params(), wrong)).toThrow(refusal("updates.on", /Uint8ClampedArray/));
    });

    it.each([
      ["globalNorm", () => gl.globalNorm(zeros()), "updates.count"],
      ["flatten", () => gl.flatten(gl.sgd(1)).init(params()), "params.count"],
      ["tree.scale", () => gl.tree.scale(2, zeros()), "tree.count"],
    ])("by %s", (_, call, path) => {
      expect(call).toThrow(refusal(path, /Int32Array/));
    });

    it("where only a branch that need not run would set their updates to zero", () => {
      const tx = gl.conditionallyTransform(gl.setToZero(), () => false);
      const state = tx.init(params() as never);
      expect(() => tx.update(params() as never, state, params() as never)).toThrow(
        refusal("updates.count", /setToZero/),
      );
      expect(integersOf(tx.update(grads() as never, state)[0])).toEqual(integersOf(grads() as never));
    });

    it("where they are not of the type, the shape or the place of the parameters", () => {
      const train = gl.TrainState.create({ params: params(), tx: gl.setToZero() });
      expect(() => train.applyGradients({ ...grads(), count: Uint32Array.of(0) } as never)).toThrow(
        refusal("grads.count", /expected Int32Array, got an? Uint32Array/),
      );
      expect(() => train.applyGradients({ ...grads(), count: new Int32Array(2) } as never)).toThrow(
        expect.objectContaining({ code: "SHAPE_MISMATCH", path: "grads.count" }),
      );
    });
  });
});
