import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const params = { w: new Float32Array(2), b: new Float32Array(1) };
const tx = gl.chain(
  gl.scaleByAdam(),
  gl.scaleBySchedule((count) => count),
);
const state = tx.init(params);
const second = (path: readonly (string | number)[]) => path[0] === 1;

describe("tree.get", () => {
  it("finds fields, keys of the parameters below them, and what is inside of what it found", () => {
    expect(gl.tree.get(state, "mu")).toBe(state[0].mu);
    expect(gl.tree.getAllWithPath(state, "w").map(([path]) => path)).toEqual([
      [0, "mu", "w"],
      [0, "nu", "w"],
    ]);
    expect(gl.tree.getAllWithPath({ x: { x: 1 } }, "x").map(([path]) => path)).toEqual([["x"], ["x", "x"]]);
  });

  it("gives null or the default where there is none", () => {
    expect(gl.tree.get(state, "trace")).toBeNull();
    expect(gl.tree.get(state, "trace", { default: 7 })).toBe(7);
  });

  it("refuses to choose between several", () => {
    expect(() => gl.tree.get(state, "count")).toThrowError(/2 values .* \[0\]\.count, \[1\]\.count/);
    expect(gl.tree.get(state, "count", { filtering: second })).toBe(0);
  });
});

describe("the type of a state", () => {
  const named = (of: unknown) => gl.tree.getAllWithPath(of, "ScaleByAdamState").map(([path]) => path);

  it("finds the state, at the root too", () => {
    expect(gl.tree.get(state, "ScaleByAdamState")).toBe(state[0]);
    expect(gl.tree.getAllWithPath(state[0], "ScaleByAdamState")).toEqual([[[], state[0]]]);
    expect(gl.tree.get(gl.sgd(1).init(params), "ScaleByAdamState")).toBeNull();
    expect(gl.tree.getAllWithPath(gl.sgd(1).init(params), "EmptyState")).toHaveLength(2);
  });

  it("is not seen by those who print, compare or copy the state", () => {
    expect(state[0]).toEqual({ count: 0, mu: params, nu: params });
    expect(Reflect.ownKeys({ ...state[0] })).toEqual(["count", "mu", "nu"]);
  });

  it("tells fields of the same name apart", () => {
    const ofAdam: Parameters<typeof gl.tree.get>[2] = {
      filtering: (_path, _value, keys) =>
        (keys.at(-1) as InstanceType<typeof gl.treeUtils.NamedTupleKey>).tupleName === "ScaleByAdamState",
    };
    expect(gl.tree.getAllWithPath(state, "count", ofAdam)).toEqual([[[0, "count"], 0]]);
    expect(gl.tree.set(state, { count: 3 }, ofAdam)[1].count).toBe(0);
  });

  it("stays through steps, views, snapshots and maps", () => {
    const train = gl.TrainState.create({ params, tx: gl.masked(tx, true) });
    train.applyGradients(params);
    const path = ["innerState", 0];
    expect(named(train.optState)).toEqual([path]);
    const { optState } = train.snapshot();
    expect(named(optState)).toEqual([path]);
    expect(named(gl.tree.zerosLike(gl.tree.set(optState, { count: null })))).toEqual([path]);
    expect(named(gl.tree.mapParams(train.tx, (leaf) => leaf, optState))).toEqual([path]);
    train.dispose();
  });

  it("is lost in JSON, and given back by whoever takes the state", () => {
    const scheduled = gl.scaleBySchedule(() => 1);
    const bare = JSON.parse(JSON.stringify(scheduled.init(params)));
    expect(gl.tree.get(bare, "ScaleByScheduleState")).toBeNull();
    const [, next] = scheduled.update(params, bare);
    expect(gl.tree.get(next, "ScaleByScheduleState")).toBe(next);
    const train = gl.TrainState.create({ params, tx: scheduled, optState: bare });
    expect(gl.tree.get(train.optState, "ScaleByScheduleState")).toEqual({ count: 0 });
    train.dispose();
  });

  it("is a name that tree.set replaces, with a state of the same type", () => {
    const other = tx.init({ w: new Float32Array([5]) })[0];
    const changed = gl.tree.set(state, { ScaleByAdamState: { ...other, count: 9 } });
    expect(gl.tree.get(changed, "ScaleByAdamState")).toEqual({ ...other, count: 9 });
    expect(changed[1]).toEqual({ count: 0 });
  });

  it("is found in the state of a transformation of your own", () => {
    const inner = gl.scaleByAdam();
    const own: gl.GradientTransformation = {
      init: (p) => ({ inner: inner.init(p) }),
      update: (updates, { inner: before }) => {
        const [next, after] = inner.update(updates, before);
        return [next, { inner: after }];
      },
    };
    const train = gl.TrainState.create({ params, tx: gl.chain(own, gl.scale(-1)) });
    train.applyGradients(params);
    expect(named(train.optState)).toEqual([[0, "inner"]]);
    expect(named(train.snapshot().optState)).toEqual([[0, "inner"]]);
    train.dispose();
  });
});

describe("tree.set", () => {
  it("replaces all of a name, or those that are meant, in a new tree", () => {
    const both = gl.tree.set(state, { count: 3 });
    expect([both[0].count, both[1].count, state[0].count]).toEqual([3, 3, 0]);
    const one = gl.tree.set(state, { count: 3 }, { filtering: second });
    expect([one[0].count, one[1].count]).toEqual([0, 3]);
  });

  it("gives a state that the optimizer takes", () => {
    const [updates] = tx.update(params, gl.tree.set(state, { count: 3 }));
    expect(updates.w).toEqual(new Float32Array(2));
  });

  it("refuses a name that is not there", () => {
    expect(() => gl.tree.set(state, { trace: 3 })).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE", path: "trace" }),
    );
  });
});

describe("tree.mapParams", () => {
  it("maps what is like the parameters, under masks and labels too", () => {
    const labelled = gl.partition({ x: gl.adam(1), y: gl.setToZero() }, { w: "x", b: "y" });
    const sizes = gl.tree.mapParams(labelled, (leaf) => leaf.length, labelled.init(params));
    const { mu, count } = sizes.innerStates.x.innerState[0];
    expect([mu.w, mu.b instanceof gl.MaskedNode, count]).toEqual([2, true, 0]);
  });

  it("depends on no shape of the parameters", () => {
    const tree = { k: gl.tensor(new Float32Array(6), [2, 3]) };
    for (const tx of [
      gl.contrib.muon(0.1),
      gl.contrib.scaleByMuon({ weightDimensionNumbers: new gl.contrib.MuonDimensionNumbers() }),
      gl.chain(gl.adaptiveGradClip(0.1, { axis: 1 }), gl.trace(0.9)),
      gl.scaleByFactoredRms({ minDimSizeToFactor: 1 }),
      gl.contrib.galore(0.1, { rank: 1 }),
      gl.scaleBySm3(),
      gl.lbfgs(),
    ] as gl.GradientTransformation[]) {
      const seen: unknown[] = [];
      gl.tree.mapParams(tx, (leaf) => seen.push(leaf), tx.init(tree));
      expect(seen.length).toBeGreaterThan(0);
    }
  });

  const own: gl.GradientTransformation = {
    init: (p) => ({
      mean: gl.tree.zerosLike(p),
      seen: map(p, () => 0),
      steps: 0,
      table: new Float32Array(2),
    }),
    update: (updates, state) => [updates, state],
  };
  /** A map of a tree as a user writes it, which knows nothing of this library. */
  const map = (tree: unknown, f: (leaf: Float32Array) => unknown): unknown =>
    tree instanceof Float32Array
      ? f(tree)
      : Object.fromEntries(Object.entries(tree as object).map(([key, child]) => [key, map(child, f)]));

  it("maps the trees in a state of your own, whoever has mapped the parameters", () => {
    const tx = gl.chain(own, gl.trace(0.5));
    const specs = { w: "row", b: "all" };
    const mapped = gl.tree.mapParams(tx, (_, spec) => spec, tx.init(params), {
      rest: [specs],
      transformNonParams: () => "host",
    });
    expect(mapped).toEqual([{ mean: specs, seen: specs, steps: "host", table: "host" }, { trace: specs }]);
    expect(gl.tree.mapParams(own.init, () => 1, own.init(params)).mean).toEqual({ w: 1, b: 1 });
  });

  it("says that the init of your own reads a leaf by its name", () => {
    const byName: gl.GradientTransformation = {
      ...own,
      init: (p) => ({ n: (p as unknown as typeof params).w.length }) as never,
    };
    expect(() => gl.tree.mapParams(byName, (leaf) => leaf, {})).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE", path: "tree.mapParams.initable" }),
    );
  });

  it("passes what isLeaf accepts as a whole", () => {
    const tx = gl.masked(gl.trace(0.5), { w: true, b: false });
    const isLeaf = (node: unknown) => node instanceof gl.MaskedNode || ArrayBuffer.isView(node);
    const mapped = gl.tree.mapParams(tx, (_, spec) => spec, tx.init(params), {
      rest: [{ w: 1, b: 2 }],
      isLeaf,
    });
    expect(mapped.innerState.trace).toEqual({ w: 1, b: 2 });
  });

  it("refuses the state of another optimizer", () => {
    expect(() => gl.tree.mapParams(gl.adam(1), (leaf) => leaf, {})).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE" }),
    );
  });
});
