export type { Schedule } from "../types.ts";
export type { BoundariesAndScales } from "./boundaries.ts";
export { constantSchedule } from "./constant-schedule.ts";
export { type CosineDecayScheduleOptions, cosineDecaySchedule } from "./cosine-decay-schedule.ts";
export { type CosineOnecycleScheduleOptions, cosineOnecycleSchedule } from "./cosine-onecycle-schedule.ts";
export { type ExponentialDecayOptions, exponentialDecay } from "./exponential-decay.ts";
export { joinSchedules } from "./join-schedules.ts";
export { type LinearOnecycleScheduleOptions, linearOnecycleSchedule } from "./linear-onecycle-schedule.ts";
export { type LinearScheduleOptions, linearSchedule } from "./linear-schedule.ts";
export {
  type PiecewiseConstantScheduleOptions,
  piecewiseConstantSchedule,
} from "./piecewise-constant-schedule.ts";
export {
  type InterpolateType,
  type PiecewiseInterpolateScheduleOptions,
  piecewiseInterpolateSchedule,
} from "./piecewise-interpolate-schedule.ts";
export { type PolynomialScheduleOptions, polynomialSchedule } from "./polynomial-schedule.ts";
export { type SgdrCycle, sgdrSchedule } from "./sgdr-schedule.ts";
export type { StatefulSchedule } from "./stateful-schedule.ts";
export { warmupConstantSchedule } from "./warmup-constant-schedule.ts";
export {
  type WarmupCosineDecayScheduleOptions,
  warmupCosineDecaySchedule,
} from "./warmup-cosine-decay-schedule.ts";
export {
  type WarmupExponentialDecayScheduleOptions,
  warmupExponentialDecaySchedule,
} from "./warmup-exponential-decay-schedule.ts";
export { WrappedSchedule, type WrappedScheduleState } from "./wrapped-schedule.ts";
