/** A step that throws has changed nothing: every call of every user's function throws in turn, then the step is taken after all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyTree } from "../conformance/trees.ts";
import { engineName, gl } from "../engine.ts";
import { fill, transformation } from "./arbitraries.ts";
import { detach, expectRefusal } from "./refusal.ts";
import { extraFor, MAKERS } from "./user-functions.ts";
import { throughAll, Watch } from "./watch.ts";

const STEPS = 3;
const SHAPES = [{ w: 3, b: 1 }, [5, { a: 2 }, 30]] as const;

type Make = (on: Watch["on"]) => gl.GradientTransformation;

/** Takes steps of one training in some way, and shows everything that a step may change. */
interface Training {
  step(grads: AnyTree, extra: AnyTree): unknown;
  params(): AnyTree;
  all(): unknown;
}

/** Makes the functions of extra arguments asynchronous that may be. */
const asynchronous = (extra: AnyTree): AnyTree => {
  const later =
    (f: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]) =>
      f(...args);
  const { valueFn, valueAndGradFn, hvpFn } = extra;
  return { ...extra, valueFn: later(valueFn), valueAndGradFn: later(valueAndGradFn), hvpFn: later(hvpFn) };
};

const inPlace =
  (options: object, isAsync = false) =>
  (tx: gl.GradientTransformation, params: AnyTree): Training => {
    const train = gl.TrainState.create({ params, tx, ...options }) as AnyTree;
    return {
      step: (grads, extra) =>
        isAsync ? train.applyGradientsAsync(grads, asynchronous(extra)) : train.applyGradients(grads, extra),
      params: () => train.params,
      all: () => [train.snapshot(), train.step],
    };
  };

/** Training with the pure functions: the next params and state replace those before. */
const pure = (tx: gl.GradientTransformation, params: AnyTree): Training => {
  let [at, state] = [params, tx.init(params) as AnyTree];
  return {
    step: (grads, extra) => {
      const [updates, next] = tx.update(grads, state, at, extra);
      [at, state] = [gl.applyUpdates(at, updates), next];
    },
    params: () => at,
    all: () => [at, state],
  };
};

const WAYS: Readonly<Record<string, (tx: gl.GradientTransformation, params: AnyTree) => Training>> = {
  "in place": inPlace({}),
  "in adopted arrays": inPlace({ adopt: true }),
  asynchronously: inPlace({}, true),
  "in the pure form": pure,
};

const expectNothingChanged = async (
  make: Make,
  shape: (typeof SHAPES)[number],
  way: keyof typeof WAYS,
): Promise<void> => {
  const params = () => fill(shape as never, Float32Array, 1);
  const begin = WAYS[way]!;
  const [watch, calm] = [new Watch(), new Watch()];
  const reference = begin(make(calm.on), params());
  const tx = make(watch.on);
  const training = await throughAll(
    watch,
    () => begin(tx, params()),
    () => null,
  );
  expect(structuredClone(training.all())).toEqual(structuredClone(reference.all()));
  for (let step = 0; step < STEPS; step++) {
    const grads = fill(shape as never, Float32Array, 10 + step);
    await reference.step(grads, extraFor(calm.on, reference.params(), step));
    const extra = extraFor(watch.on, training.params(), step);
    await throughAll(watch, () => training.step(grads, extra), training.all);
    expect(structuredClone(training.all()), `step ${step}`).toEqual(structuredClone(reference.all()));
  }
};

describe.each(Object.keys(WAYS))(`a user's function that throws, %s on ${engineName}`, (way) => {
  it.each(Object.keys(MAKERS))("%s", async (name) => {
    const maker = MAKERS[name]!;
    const [alone, together]: Make[] = [
      (on) => maker(on, gl.adam(on((t) => 0.1 / (1 + t)))),
      (on) => gl.chain(gl.trace(0.9), maker(on, gl.trace(0.5)), gl.scaleByAdam(), gl.zeroNans()),
    ];
    await expectNothingChanged(alone!, SHAPES[0], way);
    await expectNothingChanged(together!, SHAPES[1], way);
  });

  it("any composition", async () => {
    const member = fc.oneof(
      fc.constantFrom(...Object.keys(MAKERS)).map(
        (name): Make =>
          (on) =>
            MAKERS[name]!(on, gl.sgd(on(() => 0.1))),
      ),
      transformation().map((make): Make => make),
    );
    const wrapped = fc
      .tuple(
        fc.constantFrom("masked", "partition", "MultiSteps", "conditionallyTransform", "applyIfFinite"),
        fc.array(member, { minLength: 1, maxLength: 3 }),
      )
      .map(
        ([name, inner]): Make =>
          (on) =>
            MAKERS[name]!(on, gl.chain(...inner.map((make) => make(on)))),
      );
    const members = fc.array(fc.oneof({ weight: 3, arbitrary: member }, { weight: 1, arbitrary: wrapped }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(members, fc.constantFrom(...SHAPES), async (makers, shape) => {
        await expectNothingChanged((on) => gl.chain(...makers.map((make) => make(on))), shape, way);
      }),
      { numRuns: 10 },
    );
  }, 60_000);
});

describe(`memory that is lost in the middle of a step, on ${engineName}`, () => {
  const tree = () => ({ w: new Float32Array([1, -2]), b: new Float32Array([3]) });
  const doing = <T>(act: () => void, value: T) => {
    return () => {
      act();
      return value;
    };
  };
  const CASES: Record<string, (lose: () => void) => [tx: gl.GradientTransformation, extra?: object]> = {
    "a schedule": (lose) => [gl.chain(gl.trace(0.9), gl.scaleByLearningRate(doing(lose, 0.1)))],
    "an objective": (lose) => [
      gl.chain(gl.sgd(0.1, { momentum: 0.9 }), gl.scaleByBacktrackingLinesearch(4)),
      { value: 9, grad: tree(), valueFn: doing(lose, 0) },
    ],
    "a transformation": (lose) => [
      gl.chain(
        gl.trace(0.9),
        gl.stateless((updates) => doing(lose, updates)()),
        gl.scaleByAdam(),
      ),
    ],
  };

  it.each(Object.keys(CASES))("adopted parameters that %s detaches: nothing has changed", (name) => {
    const params = tree();
    const [tx, extra] = CASES[name]!(() => train.step === 1 && detach(params.b));
    const train = gl.TrainState.create({ params, tx, adopt: true }) as AnyTree;
    train.applyGradients(tree(), extra);
    expectRefusal(
      () => train.applyGradients(tree(), extra),
      { code: "DETACHED_MEMORY", path: "params.b" },
      () => params.w,
      () => train.optState,
    );
    expect(train.step).toBe(1);
  });
});
