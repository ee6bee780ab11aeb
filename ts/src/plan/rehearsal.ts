import type { Phase, SlotSpec } from "./step.ts";

/** Arrays beyond which doing kernels again costs more than keeping what they did; a WebGPU shader has as many to itself. */
const MOST_ARRAYS = 6;
const MOST_STEPS = 32;

/** Whether a phase before host code is run for its reductions alone, and its kernels once more when those are known. */
export const isRehearsed = ({ steps }: Phase, slots: readonly SlotSpec[]): boolean => {
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
