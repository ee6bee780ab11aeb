/** A step that throws has changed nothing on a device either: every call of every user's function throws in turn. */
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { extraFor, MAKERS } from "../property/user-functions.ts";
import { throughAll, Watch } from "../property/watch.ts";
import { engine, gl, gpuName } from "./engine.ts";

const STEPS = 2;

/** Transformations whose host code sees no arrays: the others are refused on devices. */
const NAMES = [
  "scaleBySchedule",
  "adamw",
  "addDecayedWeights",
  "novograd",
  "injectHyperparams",
  "injectHyperparams of one's own function",
  "injectHyperparams inside itself",
  "injectHyperparams of stateful schedules",
  "contrib.dadaptAdamw",
  "contrib.reduceOnPlateau",
  "partition",
  "conditionallyTransform",
  "conditionallyMask",
  "MultiSteps",
  "applyIfFinite",
];

const tree = (seed: number) => ({ w: new Float32Array([seed, 0.5, -2]), b: new Float32Array([seed / 3]) });

const begin = async (on: Watch["on"], name: string): Promise<AnyTree> => {
  const maker = MAKERS[name]!;
  const tx = gl.chain(gl.trace(0.5), maker(on, gl.sgd(on((t) => 0.1 / (1 + t)))));
  return await gl.TrainState.create({ params: tree(1), tx, engine });
};

describe(`a user's function that throws, on ${gpuName}`, () => {
  it.each(NAMES)("%s", async (name) => {
    const [watch, calm] = [new Watch(), new Watch()];
    const [train, reference] = [await begin(watch.on, name), await begin(calm.on, name)];
    for (let step = 0; step < STEPS; step++) {
      const extra = extraFor(watch.on, tree(1), step);
      await reference.applyGradients(tree(step + 2), extra);
      await throughAll(
        watch,
        () => train.applyGradients(tree(step + 2), extra),
        () => train.snapshot(),
      );
      expect(await train.snapshot(), `step ${step}`).toEqual(await reference.snapshot());
    }
    train.dispose();
    reference.dispose();
  });
});
