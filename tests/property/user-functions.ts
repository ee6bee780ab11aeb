import * as gl from "../../ts/src/entry/node.ts";
import { objectives } from "../conformance/objectives.ts";
import type { AnyTree } from "../conformance/trees.ts";
import type { Watch } from "./watch.ts";

type Make = (on: Watch["on"], inner: gl.GradientTransformation) => gl.GradientTransformation;

const any = gl as AnyTree;

const rate = (count: number): number => 0.1 / (1 + count);
const isEven = (step: number): boolean => step % 2 === 0;
const norm = (tree: AnyTree): number => gl.tree.norm(tree);
const half = (tree: AnyTree): AnyTree => gl.tree.scale(0.5, tree);

/** Makes a mask or a tree of labels: of two values by turns. */
const byTurns = (tree: AnyTree, values: readonly [unknown, unknown]): AnyTree => {
  let i = 0;
  const walk = (node: AnyTree): AnyTree => {
    if (ArrayBuffer.isView(node)) return values[i++ % 2];
    if (Array.isArray(node)) return node.map(walk);
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
  };
  return walk(tree);
};

/** Transformations that call each kind of function that a user can pass; those that wrap one do so around `inner`. */
export const MAKERS: Readonly<Record<string, Make>> = {
  scaleBySchedule: (on) => gl.scaleBySchedule(on(rate)),
  sgd: (on) => gl.sgd(on(rate), { momentum: 0.9 }),
  adamw: (on) => gl.adamw(on(rate), { weightDecay: 0.1, mask: on((tree) => byTurns(tree, [true, false])) }),
  addDecayedWeights: (on) => gl.addDecayedWeights({ weightDecay: on(rate) }),
  novograd: (on) => gl.novograd(on(rate)),
  polyakSgd: () => gl.polyakSgd({ maxLearningRate: 1 }),
  noisySgd: (on) => gl.noisySgd(on(rate)),
  injectHyperparams: (on) => gl.injectHyperparams(gl.adam)(on(rate), { b1: on((t) => 0.9 - 0.1 / (1 + t)) }),
  "injectHyperparams of one's own function": (on) =>
    any.injectHyperparams(on(({ step, decay }: AnyTree) => gl.chain(gl.trace(decay), gl.scale(-step))))({
      step: on(rate),
      decay: 0.5,
    }),
  "injectHyperparams inside itself": (on) =>
    any.injectHyperparams(({ outer }: AnyTree) =>
      gl.chain(gl.scale(outer), gl.injectHyperparams(gl.adam)(on(rate))),
    )({ outer: on(rate) }),
  "injectHyperparams of stateful schedules": (on) =>
    any.injectHyperparams(gl.sgd)({
      init: on(() => ({ total: 0 })),
      update: on(({ total }: AnyTree, extra: AnyTree) => ({ total: total + extra.value })),
      call: on(({ total }: AnyTree) => 0.1 / (1 + total ** 2)),
    }),
  "contrib.dadaptAdamw": (on) => gl.contrib.dadaptAdamw(on(rate)),
  "contrib.prodigy": (on) => gl.contrib.prodigy(on(rate)),
  "contrib.dog": (on) => gl.contrib.dog(on(rate)),
  "contrib.scheduleFree": (on) => gl.contrib.scheduleFree(gl.sgd(on(rate)), on(rate)),
  "contrib.mechanize": (on) => gl.contrib.mechanize(gl.sgd(on(rate))),
  "contrib.momo": (on) => gl.contrib.momo(on(rate)),
  "contrib.reduceOnPlateau": () => gl.contrib.reduceOnPlateau({ patience: 1 }),
  "contrib.ademamix": (on) =>
    gl.contrib.ademamix(0.1, { alpha: on((t) => t + 1), b3: on((t) => 0.9 - rate(t)) }),
  "contrib.sam": (on) => gl.contrib.sam(gl.sgd(on(rate)), gl.sgd(on(rate)), { syncPeriod: 2 }),
  "contrib.sam in opaque mode": (on) => gl.contrib.sam(gl.adam(0.1), gl.sgd(on(rate)), { opaqueMode: true }),
  "contrib.sophia": (on) => gl.contrib.sophia(on(rate), { updateInterval: 2 }),
  masked: (on, inner) =>
    gl.masked(
      inner,
      on((tree) => byTurns(tree, [true, false])),
    ),
  partition: (on, inner) =>
    gl.partition({ a: inner, b: gl.sgd(on(rate)) }, on((tree) => byTurns(tree, ["a", "b"])) as never),
  freeze: (on) => gl.freeze(on((tree) => byTurns(tree, [true, false]))),
  stateless: (on) =>
    gl.stateless(on((tree: AnyTree, params: AnyTree) => gl.tree.addScale(tree, 0.1, params))),
  statelessWithTreeMap: (on) => gl.statelessWithTreeMap(on((leaf: AnyTree) => half(leaf))),
  conditionallyTransform: (on, inner) => gl.conditionallyTransform(inner, on(isEven)),
  conditionallyMask: (on, inner) =>
    gl.conditionallyMask(
      inner,
      on((step, extra) => isEven(step + Number(extra?.value !== 0))),
      {
        forwardExtraArgs: true,
      },
    ),
  MultiSteps: (on, inner) =>
    new gl.MultiSteps(
      inner,
      on((step) => 1 + (step % 2)),
    ) as never,
  "MultiSteps that skips": (on, inner) =>
    new gl.MultiSteps(inner, 2, { shouldSkipUpdateFn: on(gl.skipNotFinite) }) as never,
  applyIfFinite: (_, inner) => gl.applyIfFinite(inner, 2),
  flatten: (_, inner) => gl.flatten(inner),
  monitor: (on) => gl.monitor({ norm: on(norm), smooth: gl.measureWithEma(on(norm), 0.9) }),
  snapshot: (on) => gl.snapshot("half", on(half)),
  "a transformation of one's own": (on) => ({
    init: on((params) => ({ seen: 0, last: params }) as never),
    update: on((updates: AnyTree, { seen }: AnyTree) => [
      half(updates),
      { seen: seen + 1, last: updates },
    ]) as never,
  }),
  scaleByBacktrackingLinesearch: (on) =>
    gl.chain(gl.sgd(on(rate)), gl.scaleByBacktrackingLinesearch(8, { storeGrad: true })),
  scaleByZoomLinesearch: () => gl.chain(gl.sgd(1), gl.scaleByZoomLinesearch(6)),
  lbfgs: () => gl.lbfgs(null, { memorySize: 2 }),
};

const { value, grad, hvp } = objectives.quadratic as (typeof objectives)[string];

/** Makes the extra arguments of a step, for every transformation of `MAKERS`. */
export const extraFor = (on: Watch["on"], params: AnyTree, step: number): AnyTree => ({
  value: value(params),
  loss: step,
  grad: grad(params),
  valueFn: on(value),
  valueAndGradFn: on((at: AnyTree) => [value(at), grad(at)]),
  gradFn: on(grad),
  hvpFn: on(hvp),
});
