import type { Phase, SlotSpec } from "./step.ts";

/** The most arrays of a dry run: with more, repeating kernels costs more than storing their results. A WebGPU shader can bind as many. */
const MOST_ARRAYS = 6;
const MOST_STEPS = 32;

/** Returns whether a phase before host code is a dry run: it finds sums and changes nothing, and the next phase repeats its kernels. */
export const isDryRun = (phase: Phase, slots: readonly SlotSpec[]): boolean => {
  const steps = phase.steps.map(({ step }) => step);
  const maps = steps.filter((step) => "map" in step);
  if (maps.length === 0) return steps.every((step) => "reduce" in step);
  const arrays = new Set(steps.flatMap((step) => Object.values(step.slots ?? {})));
  return (
    steps.length <= MOST_STEPS &&
    steps.every((step) => !("leafwise" in step)) &&
    maps.every((step) => Object.values(step.slots).every((slot) => slots[slot]?.dtype === undefined)) &&
    ["grads", "params", ...arrays].length <= MOST_ARRAYS
  );
};
