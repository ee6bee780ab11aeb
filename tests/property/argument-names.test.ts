/** Functions of trees name their own arguments in errors: each tree of each call is replaced by one that does not fit. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { exportedValues } from "../docs/exports.ts";
import { engineName, gl } from "../engine.ts";

const any = gl as AnyTree;
const f = (...x: number[]) => Float32Array.of(...x);
const good = () => ({ w: f(1, 2), b: f(3) });
const square = (size = 2) =>
  gl.tensor(f(...Array.from({ length: size * size }, (_, i) => i + 1)), [size, size]);
const key = gl.random.key(0);

/** A tree with a word in place of a leaf. */
const MALFORMED = { w: f(1, 2), b: "three" };
/** A tree of another shape. */
const MISFIT = { w: f(1, 2), b: f(3, 4) };

/** A call with its arguments; those by name are trees. The others are passed as they are. */
interface Call {
  readonly trees: readonly string[];
  readonly call: (trees: Record<string, AnyTree>) => unknown;
}

/** Makes a call from the names of the trees, which come first to last where `call` does not say otherwise. */
const of = (names: string, call: Call["call"]): Call => ({ trees: names.split(" "), call });

const one = (name: string, tree = "tree"): Call => of(tree, (t) => member(name)(t[tree]));
const two = (name: string, x = "treeX", y = "treeY"): Call =>
  of(`${x} ${y}`, (t) => member(name)(t[x], t[y]));
const member = (name: string): AnyTree => name.split(".").reduce((object, part) => object[part], any);

const smooth = any.perturbations.makePerturbedFun((x: AnyTree) => gl.tree.scale(2, x), { numSamples: 2 });

const CALLS: Record<string, Call> = {
  "tree.add": of("treeX treeY otherTrees[0]", (t) => gl.tree.add(t.treeX, t.treeY, t["otherTrees[0]"])),
  "tree.addScale": of("treeX treeY", (t) => gl.tree.addScale(t.treeX, 2, t.treeY)),
  "tree.allclose": two("tree.allclose", "a", "b"),
  "tree.batchShape": one("tree.batchShape"),
  "tree.cast": of("tree", (t) => gl.tree.cast(t.tree, "float64")),
  "tree.castLike": of("tree otherTree", (t) => gl.tree.castLike(t.tree, t.otherTree)),
  "tree.clip": one("tree.clip"),
  "tree.conj": one("tree.conj"),
  "tree.div": two("tree.div"),
  "tree.dtype": one("tree.dtype"),
  "tree.fullLike": of("tree", (t) => gl.tree.fullLike(t.tree, 1)),
  "tree.max": one("tree.max"),
  "tree.min": one("tree.min"),
  "tree.mul": two("tree.mul"),
  "tree.norm": one("tree.norm"),
  "tree.onesLike": one("tree.onesLike"),
  "tree.randomLike": of("targetTree", (t) => gl.tree.randomLike(key, t.targetTree)),
  "tree.real": one("tree.real"),
  "tree.scale": of("tree", (t) => gl.tree.scale(2, t.tree)),
  "tree.size": one("tree.size"),
  "tree.splitKeyLike": of("targetTree", (t) => gl.tree.splitKeyLike(key, t.targetTree)),
  "tree.sub": two("tree.sub"),
  "tree.sum": one("tree.sum"),
  "tree.vdot": two("tree.vdot"),
  "tree.where": of("treeX treeY", (t) => gl.tree.where(true, t.treeX, t.treeY)),
  "tree.zerosLike": one("tree.zerosLike"),
  biasCorrection: of("moment", (t) => gl.biasCorrection(t.moment, 0.9, 1)),
  updateMoment: of("updates moments", (t) => gl.updateMoment(t.updates, t.moments, 0.9, 1)),
  updateInfinityMoment: of("updates moments", (t) =>
    gl.updateInfinityMoment(t.updates, t.moments, 0.9, 1e-8),
  ),
  updateMomentPerElemNorm: of("updates moments", (t) =>
    gl.updateMomentPerElemNorm(t.updates, t.moments, 0.9, 2),
  ),
  globalNorm: one("globalNorm", "updates"),
  applyUpdates: of("params updates", (t) => gl.applyUpdates(t.params, t.updates)),
  incrementalUpdate: of("newTensors oldTensors", (t) =>
    gl.incrementalUpdate(t.newTensors, t.oldTensors, 0.1),
  ),
  periodicUpdate: of("newTensors oldTensors", (t) => gl.periodicUpdate(t.newTensors, t.oldTensors, 1, 2)),
  skipNotFinite: one("skipNotFinite", "updates"),
  skipLargeUpdates: of("updates", (t) => gl.skipLargeUpdates(t.updates, 0, undefined, 1)),
  "projections.projectionBox": of("tree lower upper", (t) =>
    gl.projections.projectionBox(t.tree, t.lower, t.upper),
  ),
  "projections.projectionHypercube": one("projections.projectionHypercube"),
  "projections.projectionNonNegative": one("projections.projectionNonNegative"),
  "projections.projectionSimplex": one("projections.projectionSimplex"),
  "projections.projectionL1Ball": one("projections.projectionL1Ball"),
  "projections.projectionL1Sphere": one("projections.projectionL1Sphere"),
  "projections.projectionL2Ball": one("projections.projectionL2Ball"),
  "projections.projectionL2Sphere": one("projections.projectionL2Sphere"),
  "projections.projectionLinfBall": one("projections.projectionLinfBall"),
  "projections.projectionVector": two("projections.projectionVector", "x", "a"),
  "projections.projectionHyperplane": of("x a", (t) => gl.projections.projectionHyperplane(t.x, t.a, 1)),
  "projections.projectionHalfspace": of("x a", (t) => gl.projections.projectionHalfspace(t.x, t.a, 1)),
  "perturbations.makePerturbedFun": of("x", (t) => smooth(key, t.x)),
  "perturbations.makePerturbedFun vjp": of("x", (t) => smooth.vjp(key, t.x, good())),
  "perturbations.makePerturbedFun cotangent": of("cotangent", (t) => smooth.vjp(key, good(), t.cotangent)),
  "perturbations.Normal": of("inputs", (t) => new gl.perturbations.Normal().logProb(t.inputs)),
  "perturbations.Gumbel": of("inputs", (t) => new gl.perturbations.Gumbel().score(t.inputs)),
  "contrib.scheduleFreeEvalParams": of("params state.z", (t) =>
    gl.contrib.scheduleFreeEvalParams({ b1: 0.9, z: t["state.z"] }, t.params),
  ),
  LookaheadParams: of("params", (t) => gl.LookaheadParams.initSynced(t.params)),
  "powerIteration.v0": of("powerIteration.v0", (t) =>
    any.powerIteration((v: AnyTree) => gl.tree.scale(2, v), { v0: t["powerIteration.v0"] }),
  ),
  perExampleGlobalNormClip: of("grads", (t) => gl.perExampleGlobalNormClip(t.grads, 1)),
  perExampleLayerNormClip: of("grads", (t) => gl.perExampleLayerNormClip(t.grads, 1)),
  "init and update": of("params", (t) => gl.adam(0.1).init(t.params)),
  "update, updates": of("updates", (t) => gl.adam(0.1).update(t.updates, gl.adam(0.1).init(good()))),
  "update, params": of("params", (t) => gl.adamw(0.1).update(good(), gl.adamw(0.1).init(good()), t.params)),
  TrainState: of("params", (t) => gl.TrainState.create({ params: t.params, tx: gl.sgd(0.1) })),
  applyGradients: of("grads", (t) =>
    gl.TrainState.create({ params: good(), tx: gl.sgd(0.1) }).applyGradients(t.grads),
  ),
};

/** Functions that take no tree, or none that can be wrong: those that look for names in any tree, return it, or draw shapes. */
const NO_TREE = [
  "tree.get",
  "tree.getAllWithPath",
  "tree.set",
  "tree.mapParams",
  "tree.unwrapRandomKeyData",
  "tree.NamedTupleKey",
];

const pathOf = (call: () => unknown): unknown => {
  try {
    call();
    return "nothing was refused";
  } catch (error) {
    return error instanceof gl.GradloomError ? error.path : error;
  }
};

describe(`the names of arguments in errors, on ${engineName}`, () => {
  for (const [name, { trees, call }] of Object.entries(CALLS)) {
    it(`${name}: ${trees.join(", ")}`, () => {
      const given = Object.fromEntries(trees.map((tree) => [tree, good()]));
      for (const tree of trees) {
        expect(pathOf(() => call({ ...given, [tree]: MALFORMED }))).toBe(`${tree}.b`);
        // With two trees of different shapes the later one is named; only castLike, which reads the dtype of the other, takes them.
        const named = tree === trees[0] ? trees[1] : tree;
        if (named && trees.length < 3 && name !== "tree.castLike") {
          expect(pathOf(() => call({ ...given, [tree]: MISFIT }))).toBe(`${named}.b`);
        }
      }
    });
  }

  it("are tested for every function of trees", () => {
    const names = exportedValues()
      .map(({ name }) => name)
      .filter((name) => /^(tree|projections)\./.test(name));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !(name in CALLS) && !NO_TREE.includes(name))).toEqual([]);
  });

  it("belong to single arrays too", () => {
    const leaf = { data: [1], shape: [1] } as AnyTree;
    expect(pathOf(() => gl.safeNorm(leaf, 0))).toBe("x");
    expect(pathOf(() => gl.safeRootMeanSquares(leaf, 0))).toBe("x");
    expect(pathOf(() => gl.multiNormal(leaf, 0))).toBe("multiNormal.loc");
    expect(pathOf(() => gl.transforms.unitwiseNorm(leaf))).toBe("unitwiseNorm.x");
    expect(pathOf(() => gl.transforms.unitwiseClip(f(1), leaf, f(1)))).toBe("unitwiseClip.maxNorm");
    expect(pathOf(() => gl.matrixInversePthRoot(leaf, 2))).toBe("matrixInversePthRoot.matrix");
    expect(pathOf(() => gl.powerIteration(leaf))).toBe("powerIteration.matrix");
    expect(pathOf(() => gl.powerIteration(square(), { v0: f(1, 2, 3) }))).toBe("powerIteration.v0");
    expect(pathOf(() => gl.nnls(leaf, f(1), 1))).toBe("nnls.A");
    expect(pathOf(() => gl.nnls(square(), leaf, 1))).toBe("nnls.b");
    expect(pathOf(() => gl.assignment.hungarianAlgorithm(leaf))).toBe(
      "assignment.hungarianAlgorithm.costMatrix",
    );
    expect(pathOf(() => gl.tensor([1] as AnyTree, [1]))).toBe("tensor");
  });
});
