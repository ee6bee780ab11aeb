export { type AdamWOptions, adam, adamw, type SgdOptions, sgd } from "./alias.ts";
export {
  applyUpdates,
  type GradientTransformation,
  identity,
  type OptState,
  type ScalarOrSchedule,
  type Schedule,
  setToZero,
} from "./base.ts";
export { chain } from "./combine.ts";
export { l2Loss, squaredError } from "./losses.ts";
export {
  type AddDecayedWeightsOptions,
  addDecayedWeights,
  clipByGlobalNorm,
  type MaskFn,
  type ScaleByAdamOptions,
  scale,
  scaleByAdam,
  scaleByLearningRate,
  scaleBySchedule,
  type TraceOptions,
  trace,
} from "./transform.ts";
export {
  type NormOrd,
  treeBiasCorrection,
  treeMax,
  treeNorm,
  treeOnesLike,
  treeSum,
  treeUpdateMoment,
  treeZerosLike,
} from "./tree-utils.ts";
