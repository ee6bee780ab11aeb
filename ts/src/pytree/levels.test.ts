import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

type Any = never;
const leaf = () => Float32Array.of(1);

/** Makes a tree of that many levels of objects, or of lists. */
const deep = (levels: number, wrap: (inside: unknown) => unknown) => {
  let tree: unknown = leaf();
  for (let i = 0; i < levels; i++) tree = wrap(tree);
  return tree as Any;
};
const objects = (levels: number) => deep(levels, (a) => ({ a }));
const lists = (levels: number) => deep(levels, (a) => [a]);

const cyclic = () => {
  const tree: Record<string, unknown> = { w: leaf(), more: [leaf()] };
  tree.more = [leaf(), tree];
  return tree as Any;
};

const sgd = gl.sgd(1);
const holding = (state: unknown) =>
  gl.chain({ init: () => state as Any, update: (u, s) => [u, s] }, gl.sgd(1));

/** Calls with a tree of the caller's, for every walk over one. */
const WALKS: Record<string, (tree: Any) => unknown> = {
  "TrainState.create": (params) => gl.TrainState.create({ params, tx: sgd }),
  init: (tree) => gl.adam(1).init(tree),
  update: (tree) => sgd.update(tree, sgd.init({ w: leaf() }) as Any),
  applyUpdates: (tree) => gl.applyUpdates(tree, tree),
  incrementalUpdate: (tree) => gl.incrementalUpdate(tree, tree, 0.5),
  periodicUpdate: (tree) => gl.periodicUpdate(tree, tree, 1, 2),
  globalNorm: (tree) => gl.globalNorm(tree),
  "tree.add": (tree) => gl.tree.add(tree, tree),
  "tree.zerosLike": (tree) => gl.tree.zerosLike(tree),
  "tree.cast": (tree) => gl.tree.cast(tree, "float64"),
  "tree.norm of order 1": (tree) => gl.tree.norm(tree, { ord: 1 }),
  "tree.size": (tree) => gl.tree.size(tree),
  "tree.allclose": (tree) => gl.tree.allclose(tree, tree),
  "tree.randomLike": (tree) => gl.tree.randomLike(gl.random.key(0), tree),
  "tree.get": (tree) => gl.tree.get(tree, "nothing"),
  "tree.getAllWithPath": (tree) => gl.tree.getAllWithPath(tree, "nothing"),
  "tree.set": (tree) => gl.tree.set({ b: 1, tree }, { b: 2 }),
  "tree.mapParams": (tree) => gl.tree.mapParams(gl.trace(0.9), (x) => x, { trace: tree }),
  "tree.mapParams of other values": (tree) =>
    gl.tree.mapParams(holding(null), (x) => x, [tree, []], { transformNonParams: (x) => x }),
  projectionSimplex: (tree) => gl.projections.projectionSimplex(tree),
  projectionL2Ball: (tree) => gl.projections.projectionL2Ball(tree),
  projectionBox: (tree) => gl.projections.projectionBox(tree, 0, 1),
  pathMask: (tree) => gl.pathMask(/w/)(tree),
  TraverseTree: (tree) => [...new gl.traverse.TraverseTree().iterate(tree)],
  "a state, in a snapshot": (state) =>
    gl.TrainState.create({ params: { w: leaf() }, tx: holding(state) }).snapshot(),
  "a state, given": (state) =>
    gl.TrainState.create({ params: { w: leaf() }, tx: holding(null), optState: [state, [{}, {}]] as Any }),
};

/** Walks over nested objects alone. */
const OF_OBJECTS: Record<string, (tree: Any) => unknown> = {
  flattenDict: (tree) => gl.traverse.flattenDict(tree),
  pathAwareMap: (tree) => gl.traverse.pathAwareMap((_, x) => x, tree),
  ModelParamTraversal: (tree) => [...new gl.traverse.ModelParamTraversal(() => true).iterate(tree)],
};

describe(`trees that are too deep or contain themselves, on ${engineName}`, () => {
  const refused = expect.objectContaining({
    code: "INVALID_TREE",
    message: expect.stringMatching(/contains itself|more than 1000 levels/),
  });

  for (const [name, walk] of [...Object.entries(WALKS), ...Object.entries(OF_OBJECTS)]) {
    it(`are refused by ${name}`, () => {
      expect(() => walk(objects(100_000))).toThrow(refused);
      if (Object.hasOwn(OF_OBJECTS, name)) {
        const own: Record<string, unknown> = { w: 1 };
        own.self = { own };
        expect(() => walk(own as Any)).toThrow(refused);
      } else {
        expect(() => walk(lists(100_000))).toThrow(refused);
        expect(() => walk(cyclic())).toThrow(refused);
      }
    });
  }

  it("are refused by unflattenDict", () => {
    const path = Array.from({ length: 100_000 }, () => "a");
    expect(() => gl.traverse.unflattenDict([[path, 1]])).toThrow(refused);
  });

  it("as gradients are a difference in structure, at the first place", () => {
    const train = gl.TrainState.create({ params: { w: leaf() }, tx: sgd });
    const expected = expect.objectContaining({ code: "STRUCTURE_MISMATCH" });
    expect(() => train.applyGradients(objects(100_000))).toThrow(expected);
    expect(() => train.applyGradients(cyclic())).toThrow(expected);
  });

  it("hundreds of levels are taken, and one part in several places is no cycle", () => {
    const shared = { empty: [] };
    const params = { deep: objects(900), a: shared, b: [shared, shared] };
    const train = gl.TrainState.create({ params, tx: gl.adam(1) });
    train.applyGradients({ ...params, deep: objects(900) });
    expect(gl.tree.size(train.snapshot().params)).toBe(1);
  });
});
