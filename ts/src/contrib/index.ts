export { acprop } from "./acprop.ts";
export { ademamix } from "./ademamix.ts";
export { adopt } from "./adopt.ts";
export { cocob } from "./cocob.ts";
export { type DAdaptAdamWState, dadaptAdamw } from "./dadapt-adamw.ts";
export * from "./differentially-private-aggregate.ts";
export {
  type DimensionNumbers,
  type DimensionNumbersTree,
  GaLoreDimensionNumbers,
  type GaLoreDimensionNumbersTree,
  MuonDimensionNumbers,
  type MuonDimensionNumbersTree,
} from "./dimension-numbers.ts";
export { type DoGState, dog, type InitStep } from "./dog.ts";
export { type DoWGState, dowg } from "./dowg.ts";
export * from "./dpsgd.ts";
export { galore } from "./galore.ts";
export * from "./hutchinson-estimator-diag-hessian.ts";
export { madgrad } from "./madgrad.ts";
export * from "./mechanize.ts";
export { type MomoState, momo } from "./momo.ts";
export { type MomoAdamState, momoAdam } from "./momo-adam.ts";
export { muon } from "./muon.ts";
export type { NsCoeffs, Triple } from "./newton-schulz-coefficients.ts";
export { normalize } from "./normalize.ts";
export type { LossModelState } from "./polyak-step.ts";
export { type ProdigyState, prodigy } from "./prodigy.ts";
export * from "./reduce-on-plateau.ts";
export * from "./sam.ts";
export { type ScaleByAcpropState, scaleByAcprop } from "./scale-by-acprop.ts";
export { type ScaleByAdemamixState, scaleByAdemamix } from "./scale-by-ademamix.ts";
export { scaleByAdopt } from "./scale-by-adopt.ts";
export { type COCOBState, scaleByCocob } from "./scale-by-cocob.ts";
export { type GaLoreState, scaleByGalore } from "./scale-by-galore.ts";
export { type MadgradState, scaleByMadgrad } from "./scale-by-madgrad.ts";
export { type MuonState, scaleByMuon } from "./scale-by-muon.ts";
export {
  type ScaleBySimplifiedAdEMAMixState,
  scaleBySimplifiedAdemamix,
} from "./scale-by-simplified-ademamix.ts";
export type { SophiaState } from "./scale-by-sophia.ts";
export { type ScheduleFreeState, scheduleFree } from "./schedule-free.ts";
export { scheduleFreeAdamw } from "./schedule-free-adamw.ts";
export * from "./schedule-free-eval-params.ts";
export { scheduleFreeSgd } from "./schedule-free-sgd.ts";
export { simplifiedAdemamix } from "./simplified-ademamix.ts";
export { sophia } from "./sophia.ts";
export * from "./split-real-and-imaginary.ts";
