/** Lookahead takes the gradients of the fast parameters alone, whatever is around it. */
import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

const f = (...x: number[]) => Float32Array.of(...x);

describe("lookahead", () => {
  const pair = () => gl.LookaheadParams.initSynced({ w: new Float32Array([2, 4]) });
  const grads = { w: new Float32Array([1, -1]) };

  it("gives the same bits pure and in place", () => {
    const tx = gl.lookahead(gl.adam(0.1), 2, 0.5);
    const train = gl.TrainState.create({ params: pair(), tx });
    let [current, state] = [pair(), tx.init(pair())];
    for (let k = 0; k < 5; k++) {
      const [updates, next] = tx.update(grads, state, current);
      [current, state] = [gl.applyUpdates(current, updates), next];
      train.applyGradients(grads);
    }
    expect(train.params).toEqual(current);
    expect(train.optState).toEqual(state);
  });

  it("takes gradients of the fast parameters alone", () => {
    const tx = gl.lookahead(gl.sgd(1), 1, 0.5);
    const [updates] = tx.update(grads, tx.init(pair()), pair());
    expect(updates).toEqual({
      fast: { w: new Float32Array([-0.5, 0.5]) },
      slow: { w: new Float32Array([-0.5, 0.5]) },
    });
  });

  it("refuses parameters that are not fast and slow, and a period below 1", () => {
    const tx = gl.lookahead(gl.sgd(1), 1, 0.5);
    expect(() => tx.update(grads, tx.init(grads), grads)).toThrowError(
      expect.objectContaining({ code: "PARAMS_REQUIRED" }),
    );
    expect(() => gl.lookahead(gl.sgd(1), 0, 0.5)).toThrowError(
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: "lookahead.syncPeriod" }),
    );
  });

  it("follows the clipped gradients", () => {
    const tx = gl.chain(gl.clipByGlobalNorm(1), gl.lookahead(gl.sgd(1), 3, 0.5));
    const params = gl.LookaheadParams.initSynced({ w: f(1, 2) });
    const [updates] = tx.update({ w: f(3, 4) }, tx.init(params), params);
    expect(updates).toEqual({ fast: { w: f(-0.6, -0.8) }, slow: { w: f(0, 0) } });
    const train = gl.TrainState.create({ params, tx });
    train.applyGradients({ w: f(3, 4) });
    expect([...train.params.fast.w].map((x) => x.toFixed(6))).toEqual(["0.400000", "1.200000"]);
    expect(train.params.slow.w).toEqual(f(1, 2));
  });

  it("has gradients like the fast parameters in train.grads", () => {
    const train = gl.TrainState.create({ params: pair(), tx: gl.lookahead(gl.sgd(1), 1, 0.5) });
    expect(train.grads).toEqual({ w: f(0, 0) });
    train.grads.w.set([1, -1]);
    train.applyGradients();
    expect(train.params).toEqual({ fast: { w: f(1.5, 4.5) }, slow: { w: f(1.5, 4.5) } });
    const both = { fast: grads, slow: grads };
    expect(() => train.applyGradients(both)).toThrow(expect.objectContaining({ code: "STRUCTURE_MISMATCH" }));
  });

  it("refuses slow parameters that are no copy of the fast ones", () => {
    const params = { fast: { w: f(1, 2) }, slow: { w: f(1) } };
    const refusal = expect.objectContaining({ code: "SHAPE_MISMATCH", path: "params.slow.w" });
    const tx = gl.chain(gl.clip(1), gl.lookahead(gl.sgd(1), 2, 0.5));
    expect(() => tx.init(params)).toThrow(refusal);
    expect(() => gl.TrainState.create({ params, tx })).toThrow(refusal);
  });
});

describe("around lookahead", () => {
  const params = gl.LookaheadParams.initSynced({ a: f(1, 2), b: f(3) });
  const gradsAt = (k: number) => ({ a: f(3, -k), b: f(0.5 * k) });

  /** Takes steps, pure and in place, which must agree. Returns the parameters and the state. */
  const run = (tx: GradientTransformation, steps = 3) => {
    const train = gl.TrainState.create({ params, tx });
    let [current, state]: [object, object] = [params, tx.init(params)];
    for (let k = 0; k < steps; k++) {
      const [updates, next] = tx.update(gradsAt(k) as object, state, current);
      [current, state] = [gl.applyUpdates(current, updates), next];
      train.applyGradients(gradsAt(k));
    }
    expect([train.params, train.optState]).toEqual([current, state]);
    const resumed = gl.TrainState.create({ ...train.snapshot(), tx });
    expect(resumed.optState).toEqual(state);
    return { params: structuredClone(train.params), state: structuredClone(state) as never };
  };

  /** A transformation that does the same as another, out of the library's sight. */
  const seen: string[] = [];
  const watched = (tx: GradientTransformation): GradientTransformation => ({
    init: (tree) => tx.init(tree),
    update: (updates, state, tree, extra) => {
      seen.push(...Object.keys(updates as object), ...Object.keys(tree as object));
      return tx.update(updates, state, tree, extra);
    },
  });

  /** Lists the paths of the arrays and numbers of a state. */
  const pathsOf = (state: unknown, path = ""): string[] =>
    typeof state === "object" && state !== null && !ArrayBuffer.isView(state)
      ? Object.entries(state).flatMap(([key, child]) => pathsOf(child, `${path}.${key}`))
      : [path];

  const look = (tx: GradientTransformation) => gl.lookahead(tx, 2, 0.5);

  it.each<[string, GradientTransformation, GradientTransformation]>([
    ["moments", gl.scaleByAdam(), gl.sgd(0.1)],
    [
      "weight decay",
      gl.chain(gl.addDecayedWeights({ weightDecay: 0.5 }), gl.clipByGlobalNorm(1)),
      gl.sgd(0.1),
    ],
    [
      "a mask of the fast parameters",
      gl.masked(gl.clipByGlobalNorm(0.5), { a: true, b: false }),
      gl.sgd(0.1),
    ],
    ["a mask by path", gl.masked(gl.scaleByAdam(), gl.pathMask(/^a$/)), gl.sgd(0.1)],
    ["labels", gl.partition({ x: gl.trace(0.9), y: gl.clip(0.1) }, { a: "x", b: "y" }), gl.sgd(0.1)],
    ["a user's own", watched(gl.scaleByAdam()), gl.sgd(0.1)],
    ["MultiSteps", new gl.MultiSteps(gl.sgd(1), 2), gl.sgd(0.1)],
  ])("%s before it work as inside it", (_, before, inner) => {
    const outside = run(gl.chain(before, look(inner)));
    expect(outside.params).toEqual(run(look(gl.chain(before, inner))).params);
    const [first, { fastState }] = outside.state as [object, { fastState: object }];
    expect(pathsOf([first, fastState])).toEqual(pathsOf([before.init(params.fast), inner.init(params.fast)]));
    expect(seen.every((key) => key === "a" || key === "b")).toBe(true);
  });

  it.each<[string, (tx: GradientTransformation) => GradientTransformation]>([
    ["chain", (tx) => gl.chain(gl.identity(), tx)],
    ["namedChain", (tx) => gl.namedChain(["one", tx], ["two", gl.identity()])],
    ["chain in chain", (tx) => gl.chain(gl.chain(gl.identity(), gl.chain(tx)), gl.identity())],
    ["masked", (tx) => gl.masked(tx, true)],
    ["partition", (tx) => gl.partition({ all: tx }, "all")],
    ["conditionallyTransform", (tx) => gl.conditionallyTransform(tx, () => true)],
    ["applyIfFinite", (tx) => gl.applyIfFinite(tx, 2)],
    ["MultiSteps", (tx) => new gl.MultiSteps(tx, 1)],
    [
      "injectHyperparams",
      (tx) => gl.injectHyperparams(({ k }: { k: number }) => gl.chain(gl.scale(k), tx))({ k: 1 }),
    ],
    [
      "a user's own after it",
      (tx) =>
        gl.chain(
          tx,
          gl.stateless((updates) => updates),
        ),
    ],
  ])("%s changes nothing", (_, wrap) => {
    const tx = gl.chain(gl.clipByGlobalNorm(1), look(gl.adam(0.1)));
    expect(run(wrap(tx)).params).toEqual(run(tx).params);
  });

  it("a mask in terms of both leaves hidden gradients as they are, and slow parameters where they are", () => {
    const shown = { a: true, b: false };
    const masked = gl.masked(look(gl.sgd(1)), { fast: shown, slow: shown });
    const { params: after } = run(masked, 2) as { params: typeof params };
    expect(after.fast.b).toEqual(f(3.5));
    expect(after.slow.b).toEqual(f(3));
    const alone = gl.LookaheadParams.initSynced({ a: f(1, 2) });
    const train = gl.TrainState.create({ params: alone, tx: look(gl.sgd(1)) });
    for (const k of [0, 1]) train.applyGradients({ a: gradsAt(k).a });
    expect([after.fast.a, after.slow.a]).toEqual([train.params.fast.a, train.params.slow.a]);
  });

  it("labels in terms of both give other optimizers the fast parameters", () => {
    const labels = { a: "look", b: "adam" };
    const tx = gl.partition(
      { adam: gl.chain(gl.addDecayedWeights({ weightDecay: 1 }), gl.sgd(1)), look: look(gl.sgd(1)) },
      { fast: labels, slow: labels } as never,
    );
    const { params: after } = run(tx, 1) as { params: typeof params };
    expect([after.fast.b, after.slow.b]).toEqual([f(0), f(3)]);
  });

  it("another lookahead takes the fastest parameters", () => {
    const nested = gl.LookaheadParams.initSynced(gl.LookaheadParams.initSynced({ w: f(1, 1) }));
    const tx = gl.chain(gl.clip(1), gl.lookahead(gl.lookahead(gl.sgd(1), 1, 0.5), 2, 0.5));
    const train = gl.TrainState.create({ params: nested, tx });
    expect(train.grads).toEqual({ w: f(0, 0) });
    train.applyGradients({ w: f(1, -8) });
    expect(train.params.fast).toEqual({ fast: { w: f(0.5, 1.5) }, slow: { w: f(0.5, 1.5) } });
    train.applyGradients({ w: f(1, -1) });
    expect(train.params.fast.fast.w).toEqual(f(0.5, 1.5));
    expect(train.params.slow.slow.w).toEqual(f(0.5, 1.5));
  });
});
