/** A schedule is called once a step, whatever takes it and whatever is around that; the rate in the state is the one used. */
import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import { type Signature, signatureOf } from "../define.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

const params = { a: { data: new Float32Array([1, -2, 3, 4]), shape: [2, 2] }, b: new Float32Array([0.5]) };
const grads = { a: { data: new Float32Array([0.5, -0.25, 1, 2]), shape: [2, 2] }, b: new Float32Array([1]) };
const STEPS = 4;

type Tree = typeof params;
const norm = (tree: Tree): number => gl.tree.vdot(tree, tree) / 2;
const extra = {
  value: 3,
  grad: grads,
  valueFn: norm,
  valueAndGradFn: (tree: Tree) => [norm(tree), tree],
  hvpFn: (_: Tree, vector: Tree) => vector,
};

/** A schedule that keeps the counts it is called with. */
const counted = (value: (count: number) => number = () => 0.1) => {
  const counts: number[] = [];
  const schedule = (count: number): number => {
    counts.push(count);
    return value(count);
  };
  return { counts, schedule };
};

/** Takes steps in place and with the pure functions. Returns the counts that the schedule saw in each step of both. */
const countsPerStep = (make: (schedule: gl.Schedule) => GradientTransformation, given: unknown = grads) => {
  const { counts, schedule } = counted();
  const tx = make(schedule);
  const train = gl.TrainState.create({ params, tx });
  let state = tx.init(params);
  const steps: number[][] = [];
  for (let i = 0; i < STEPS; i++) {
    for (const step of [
      () => train.applyGradients(given as never, extra),
      () => {
        state = tx.update(given as never, state, params, extra)[1];
      },
    ]) {
      counts.length = 0;
      step();
      steps.push([...counts]);
    }
  }
  return steps;
};

const pairsFrom = (first: number) =>
  Array.from({ length: STEPS }, (_, i) => [[first + i], [first + i]]).flat();

const sgd = (schedule: gl.Schedule) => gl.sgd(schedule);
const rate = (schedule: gl.Schedule) => gl.scaleByLearningRate(schedule);

const wrappers: Record<string, (schedule: gl.Schedule) => GradientTransformation> = {
  chain: (s) => gl.chain(gl.clipByGlobalNorm(1), sgd(s)),
  namedChain: (s) => gl.namedChain(["first", gl.scaleByAdam()], ["second", sgd(s)]),
  masked: (s) => gl.masked(sgd(s), { a: true, b: false }),
  partition: (s) => gl.partition({ x: sgd(s), y: gl.adam(s) }, { a: "x", b: "y" }),
  selectiveTransform: (s) => gl.selectiveTransform(sgd(s), { a: true, b: false }),
  injectHyperparams: (s) => gl.injectHyperparams(gl.adam)(s),
  "injectHyperparams of two": (s) => gl.injectHyperparams(gl.adamw)(s, { weightDecay: s }),
  "injectHyperparams of one of a user": (s) =>
    gl.injectHyperparams(({ learningRate }: { learningRate: number }) => gl.sgd(learningRate))({
      learningRate: s as never,
    }),
  "a schedule in what injectHyperparams makes": (s) =>
    gl.injectHyperparams(({ k }: { k: number }) => gl.chain(gl.scale(k), sgd(s)))({ k: 2 }),
  "injectHyperparams in injectHyperparams": (s) =>
    gl.injectHyperparams(({ k }: { k: number }) => gl.chain(gl.scale(k), gl.injectHyperparams(gl.sgd)(s)))({
      k: 2,
    }),
  "before a user's own": (s) =>
    gl.chain(
      sgd(s),
      gl.stateless((updates) => updates),
    ),
  "after a user's own": (s) =>
    gl.chain(
      gl.stateless((updates) => updates),
      sgd(s),
    ),
  "in a dry run": (s) => gl.chain(gl.trace(0.9), sgd(s), gl.contrib.momo(0.1)),
  applyIfFinite: (s) => gl.applyIfFinite(sgd(s), 2),
  conditionallyTransform: (s) => gl.conditionallyTransform(sgd(s), () => true),
  conditionallyMask: (s) => gl.conditionallyMask(sgd(s), () => true),
  MultiSteps: (s) => new gl.MultiSteps(sgd(s), 1),
  "MultiSteps by a schedule": (s) => new gl.MultiSteps(gl.sgd(0.1), (count) => Math.ceil(s(count))),
  flatten: (s) => gl.flatten(sgd(s)),
  mechanize: (s) => gl.contrib.mechanize(sgd(s)),
  reduceOnPlateau: (s) => gl.chain(sgd(s), gl.contrib.reduceOnPlateau()),
  splitRealAndImaginary: (s) => gl.contrib.splitRealAndImaginary(sgd(s)),
  sam: (s) => gl.contrib.sam(sgd(s), gl.sgd(0.1), { syncPeriod: 1 }),
  "scheduleFree around": (s) => gl.contrib.scheduleFree(sgd(s), 0.1),
  scaleBySchedule: (s) => gl.scaleBySchedule(s),
  "one schedule in several members": (s) =>
    gl.chain(rate(s), gl.addDecayedWeights({ weightDecay: s }), rate(s)),
};

describe("a schedule is called once a step", () => {
  for (const [name, make] of Object.entries(wrappers)) {
    it(name, () => {
      expect(countsPerStep(make)).toEqual(pairsFrom(0));
    });
  }

  it.each(Object.entries(wrappers))("and changes nothing where it throws: %s", (_, make) => {
    let fails = false;
    const run = (throwsAt: number) => {
      const train = gl.TrainState.create({
        params,
        tx: make((count) => {
          if (fails) throw new Error("no rate");
          return 0.1 / (count + 1);
        }),
      });
      for (let i = 0; i < STEPS; i++) {
        if (i === throwsAt) {
          const before = train.snapshot();
          fails = true;
          expect(() => train.applyGradients(grads, extra)).toThrow("no rate");
          fails = false;
          expect(train.snapshot()).toEqual(before);
        }
        train.applyGradients(grads, extra);
      }
      return train.snapshot();
    };
    expect(run(2)).toEqual(run(-1));
  });

  it("scheduleFree, whose steps count from 1", () => {
    expect(countsPerStep((s) => gl.contrib.scheduleFree(gl.sgd(0.1), s))).toEqual(pairsFrom(1));
  });

  it("none where MultiSteps waits", () => {
    const [wait, , step] = countsPerStep((s) => new gl.MultiSteps(sgd(s), 2));
    expect([wait, step]).toEqual([[], [0]]);
  });
});

/** Values for positional arguments other than the schedule. */
const POSITIONAL: Readonly<Record<string, number>> = { learningRate: 0.1, decay: 0.9, l2NormClip: 1 };

const takesSchedule = (field: Signature["positional"][string]): boolean => {
  try {
    return field.numeric === true && typeof field.check(() => 0.1, "") === "function";
  } catch {
    return false;
  }
};

/** Every argument of every exported function that makes a transformation and takes a number or a schedule there. */
const scheduledArguments = Object.entries({ ...gl, ...gl.contrib }).flatMap(([name, factory]) => {
  const signature = signatureOf(factory);
  if (!signature) return [];
  const { positional, fields } = signature;
  const made = (schedule: gl.Schedule, argument: string) => {
    const first = Object.keys(positional).map((key) =>
      key === argument ? schedule : (POSITIONAL[key] ?? 1),
    );
    const options = Object.hasOwn(fields, argument) ? [{ [argument]: schedule }] : [];
    return (factory as unknown as (...args: unknown[]) => GradientTransformation)(...first, ...options);
  };
  return Object.entries({ ...positional, ...fields })
    .filter(([, field]) => takesSchedule(field))
    .map(([argument]) => [`${name}.${argument}`, (s: gl.Schedule) => made(s, argument)] as const);
});

describe("a schedule is called once a step as the argument", () => {
  it("of many functions", () => {
    expect(scheduledArguments.length).toBeGreaterThan(60);
  });

  it.each(scheduledArguments.filter(([name]) => !/^dpsgd/.test(name)))("%s", (_, make) => {
    expect(countsPerStep(make)).toEqual(pairsFrom(0));
  });

  it("dpsgd.learningRate", () => {
    const { counts, schedule } = counted();
    const tx = gl.contrib.dpsgd(schedule, 1, 0, 0);
    const examples = { w: { data: new Float32Array([1, 2]), shape: [2, 1] } };
    const state = tx.init({ w: { data: new Float32Array(1), shape: [1] } } as never);
    tx.update(examples, tx.update(examples, state as never)[1]);
    expect(counts).toEqual([0, 1]);
  });
});

describe("injectHyperparams", () => {
  it("records the rate that was used, also of a schedule that is no function of the count", () => {
    let calls = 0;
    const tx = gl.injectHyperparams(gl.sgd)(() => 2 ** -calls++);
    const weight = { w: new Float32Array([0]) };
    const train = gl.TrainState.create({ params: weight, tx });
    for (let i = 0; i < 3; i++) {
      const before = train.params.w[0] as number;
      train.applyGradients({ w: new Float32Array([1]) });
      expect(before - (train.params.w[0] as number)).toBe(train.optState.hyperparams.learningRate);
    }
  });

  it.each([1, 2, 3])("changes nothing where a schedule throws at call %i of a step", (at) => {
    let calls = Number.NEGATIVE_INFINITY;
    const schedule = (): number => {
      if (++calls === at) throw new Error("no rate");
      return 0.1;
    };
    const inject = gl.injectHyperparams(gl.adamw)(schedule, { weightDecay: () => schedule() });
    const tx = gl.chain(
      inject,
      gl.stateless((updates) => updates),
      gl.scaleBySchedule(() => schedule()),
    );
    const train = gl.TrainState.create({ params, tx });
    train.applyGradients(grads);
    const before = structuredClone([train.params, train.optState, train.step]);
    calls = 0;
    expect(() => train.applyGradients(grads)).toThrow("no rate");
    expect([train.params, train.optState, train.step]).toEqual(before);
    calls = 3;
    train.applyGradients(grads);
    expect(train.optState[0].count).toBe(2);
  });

  it("counts up to the largest 32-bit integer", () => {
    const last = 2 ** 31 - 1;
    const tx = gl.injectHyperparams(gl.sgd)(() => 0.1);
    const first = tx.init(params);
    const state = { ...first, count: last, hyperparamsStates: { learningRate: { count: last } } };
    const [, next] = tx.update(grads, state, params);
    expect([next.count, next.hyperparamsStates.learningRate]).toEqual([last, { count: last }]);
  });
});

describe("a stateful schedule", () => {
  /** Optax's example: the value is a total to which the extra argument adds. */
  const total = (): gl.StatefulSchedule<{ total: number }> => ({
    init: () => ({ total: 0 }),
    update: ({ total }, extra) => ({ total: total + Number(extra?.addendum) }),
    call: ({ total }) => total,
  });
  const one = { w: new Float32Array([1]) };

  it("follows the extra arguments of each update", () => {
    const tx = gl.injectHyperparams(gl.scale)(total());
    const train = gl.TrainState.create({ params: one, tx });
    let state = tx.init(one);
    expect(state.hyperparams).toEqual({ stepSize: 0 });
    const factors: number[] = [];
    for (let i = 0; i < 2; i++) {
      const [updates, next] = tx.update(one, state, one, { addendum: 0.3 });
      factors.push(updates.w[0] as number);
      state = next;
      train.applyGradients(one, { addendum: 0.3 });
      expect(train.optState).toEqual(state);
    }
    expect(factors).toEqual([0, Math.fround(0.3)]);
    expect(state.hyperparams).toEqual({ stepSize: 0.3 });
    expect(state.hyperparamsStates).toEqual({ stepSize: { total: 0.6 } });
    const resumed = gl.TrainState.create({ ...train.snapshot(), tx });
    expect(resumed.optState).toEqual(state);
  });

  it("is called and updated once a step, beside schedules of the step", () => {
    const calls: string[] = [];
    const schedule: gl.StatefulSchedule<number> = {
      init: () => 0,
      update: (state) => {
        calls.push(`update ${state}`);
        return state + 1;
      },
      call: (state) => {
        calls.push(`call ${state}`);
        return 0.1;
      },
    };
    const { counts, schedule: decay } = counted();
    const tx = gl.chain(gl.clip(1), gl.injectHyperparams(gl.adamw)(schedule, { weightDecay: decay }));
    const train = gl.TrainState.create({ params, tx });
    calls.length = counts.length = 0;
    train.applyGradients(grads);
    train.applyGradients(grads);
    expect([calls, counts]).toEqual([
      ["call 0", "update 0", "call 1", "update 1"],
      [0, 1],
    ]);
  });

  it("may be a WrappedSchedule", () => {
    const run = (learningRate: gl.Schedule | gl.WrappedSchedule) => {
      const tx = gl.injectHyperparams(gl.adam)(learningRate);
      const train = gl.TrainState.create({ params, tx });
      for (let i = 0; i < 3; i++) train.applyGradients(grads);
      return structuredClone([train.params, train.optState]);
    };
    const schedule = gl.linearSchedule(0.1, 0, 4);
    expect(run(new gl.WrappedSchedule(schedule))).toEqual(run(schedule));
  });

  it("is refused where its value is no number, and where update returns nothing; nothing has changed", () => {
    const made = (methods: object) =>
      gl.injectHyperparams(gl.sgd)({
        init: () => 1,
        update: (s: number) => s + 1,
        call: () => 0.1,
        ...methods,
      });
    const path = "injectHyperparams.learningRate";
    const refusal = expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path });
    expect(() => made({ call: () => Number.NaN }).init(params)).toThrow(refusal);
    const train = gl.TrainState.create({ params, tx: made({ update: () => undefined }) });
    const before = structuredClone([train.params, train.optState]);
    expect(() => train.applyGradients(grads)).toThrow(refusal);
    expect([train.params, train.optState]).toEqual(before);
  });
});
