import { describe, expect, it } from "vitest";
import { GradloomError } from "../error.ts";
import * as gl from "./index.ts";

type Call = (...args: never[]) => unknown;

/** Valid positional arguments of each schedule under their public names, and its options. */
const signatures: [Call, Record<string, unknown>, Record<string, unknown>][] = [
  [gl.constantSchedule, { value: 1 }, {}],
  [gl.linearSchedule, { initValue: 1, endValue: 0, transitionSteps: 4 }, { transitionBegin: 1 }],
  [
    gl.polynomialSchedule,
    { initValue: 1, endValue: 0, power: 2, transitionSteps: 4 },
    { transitionBegin: 1 },
  ],
  [
    gl.exponentialDecay,
    { initValue: 1, transitionSteps: 4, decayRate: 0.5 },
    { transitionBegin: 1, staircase: true, endValue: 0.1 },
  ],
  [gl.cosineDecaySchedule, { initValue: 1, decaySteps: 4 }, { alpha: 0.1, exponent: 2 }],
  [gl.piecewiseConstantSchedule, { initValue: 1 }, { boundariesAndScales: { 2: 0.5 } }],
  [
    gl.piecewiseInterpolateSchedule,
    { interpolateType: "linear", initValue: 1 },
    { boundariesAndScales: { 2: 0.5 } },
  ],
  [
    gl.linearOnecycleSchedule,
    { transitionSteps: 10, peakValue: 1 },
    { pctStart: 0.2, pctFinal: 0.8, divFactor: 5, finalDivFactor: 50 },
  ],
  [
    gl.cosineOnecycleSchedule,
    { transitionSteps: 10, peakValue: 1 },
    { pctStart: 0.2, divFactor: 5, finalDivFactor: 50 },
  ],
  [gl.warmupConstantSchedule, { initValue: 0, peakValue: 1, warmupSteps: 2 }, {}],
  [
    gl.warmupCosineDecaySchedule,
    { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 8 },
    { endValue: 0.1, exponent: 2 },
  ],
  [
    gl.warmupExponentialDecaySchedule,
    { initValue: 0, peakValue: 1, warmupSteps: 2, transitionSteps: 8, decayRate: 0.5 },
    { transitionBegin: 1, staircase: true, endValue: 0.1 },
  ],
];

const nonsense = [Number.NaN, Number.POSITIVE_INFINITY, "1", [], new Float32Array(1)];

const refuses = (call: () => unknown, code: string, path: string) =>
  expect(call).toThrowError(expect.objectContaining({ code, path }));

describe.each(signatures.map(([make, args, options]) => ({ name: make.name, make, args, options })))(
  "$name",
  ({ name, make, args, options }) => {
    const apply = (values: Record<string, unknown>, given?: unknown) =>
      make(...([...Object.values(values), given] as never[])) as (count: number) => number;

    it("accepts valid arguments", () => {
      expect(Number.isFinite(apply(args, Object.keys(options).length > 0 ? options : undefined)(3))).toBe(
        true,
      );
    });

    it.each(Object.keys(args))("refuses nonsense as %s", (argument) => {
      for (const value of [...nonsense, undefined]) {
        refuses(() => apply({ ...args, [argument]: value }), "INVALID_HYPERPARAMETER", `${name}.${argument}`);
      }
    });

    it.each(Object.keys(options))("refuses nonsense as option %s", (option) => {
      for (const value of nonsense) {
        if (option === "boundariesAndScales" && typeof value === "object" && "0" in value) continue;
        refuses(() => apply(args, { [option]: value }), "INVALID_HYPERPARAMETER", `${name}.${option}`);
      }
    });

    it.each(Object.keys(options).length > 0 ? ["nope"] : [])("refuses the unknown option %s", (option) => {
      refuses(() => apply(args, { [option]: 1 }), "UNKNOWN_OPTION", `${name}.${option}`);
    });
  },
);

describe("ranges", () => {
  it.each([
    [() => gl.polynomialSchedule(1, 0, -1, 4), "polynomialSchedule.power"],
    [() => gl.exponentialDecay(1, 4, -0.5), "exponentialDecay.decayRate"],
    [() => gl.cosineDecaySchedule(1, 4, { exponent: -1 }), "cosineDecaySchedule.exponent"],
    [() => gl.linearOnecycleSchedule(4, 1, { pctStart: 30 }), "linearOnecycleSchedule.pctStart"],
    [() => gl.cosineOnecycleSchedule(4, 1, { divFactor: 0 }), "cosineOnecycleSchedule.divFactor"],
    [
      () => gl.piecewiseConstantSchedule(1, { boundariesAndScales: { ten: 1 } as Record<number, number> }),
      "piecewiseConstantSchedule.boundariesAndScales.ten",
    ],
    [
      () => gl.piecewiseConstantSchedule(1, { boundariesAndScales: { 5: Number.NaN } }),
      "piecewiseConstantSchedule.boundariesAndScales.5",
    ],
    [() => gl.joinSchedules([], []), "joinSchedules.schedules"],
    [() => gl.joinSchedules([0.1 as never, gl.constantSchedule(1)], [1]), "joinSchedules.schedules[0]"],
    [() => gl.joinSchedules([gl.constantSchedule(1)], [1]), "joinSchedules.boundaries"],
    [
      () => gl.joinSchedules([gl.constantSchedule(1), gl.constantSchedule(2)], [Number.NaN]),
      "joinSchedules.boundaries[0]",
    ],
    [() => gl.sgdrSchedule([]), "sgdrSchedule.cosineKwargs"],
    [() => gl.sgdrSchedule(7 as never), "sgdrSchedule.cosineKwargs"],
    [() => gl.sgdrSchedule([null as never]), "sgdrSchedule.cosineKwargs[0]"],
    [() => gl.sgdrSchedule([{ initValue: 0 } as never]), "sgdrSchedule.cosineKwargs[0].peakValue"],
    [() => new gl.WrappedSchedule(0.1 as never), "WrappedSchedule.scheduleFn"],
  ])("%s", (call, path) => refuses(call, "INVALID_HYPERPARAMETER", path));

  it("names the option that a cycle does not have", () => {
    const cycle = { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 8, alpha: 0.1 };
    refuses(() => gl.sgdrSchedule([cycle]), "UNKNOWN_OPTION", "sgdrSchedule.cosineKwargs[0].alpha");
  });

  it("says what to do", () => {
    expect(() => gl.warmupCosineDecaySchedule(0, 1, 100, 10)).toThrowError(
      new GradloomError("INVALID_HYPERPARAMETER", "10 steps leave none after 100 of warmup.", {
        path: "warmupCosineDecaySchedule.decaySteps",
        remedy: "decaySteps counts the warmup too: make it greater than warmupSteps.",
      }),
    );
  });
});
