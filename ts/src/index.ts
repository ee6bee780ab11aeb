export * as assignment from "./assignment/index.ts";
export type { AnySchedule } from "./combine/injected-schedule.ts";
export type { GaLoreDimensionNumbersClass, MuonDimensionNumbersClass } from "./contrib/dimension-numbers.ts";
export * as contrib from "./contrib/index.ts";
export type { Argument, Arguments, Defined, Made, Signature } from "./define.ts";
export type { Engine, LeafArray, Session } from "./engine/engine.ts";
export { getEngine, setEngine } from "./engine/registry.ts";
export { type ErrorCode, type ErrorDetails, GradloomError } from "./error.ts";
export * from "./linear-algebra/index.ts";
export * from "./numerics/index.ts";
export * from "./optimizers/index.ts";
export type { Field, Fields, NumericField, OptionsOf } from "./options.ts";
export * as perturbations from "./perturbations/index.ts";
export type { GumbelClass, NormalClass } from "./perturbations/noise.ts";
export type { Transformation } from "./plan/node.ts";
export type {
  Bind,
  EmptyState,
  ExtraArgs,
  Gradients,
  GradientTransformation,
  Known,
  Leaves,
  LookaheadPair,
  ParamsLike,
  PerLeaf,
  StateOf,
} from "./plan/transformation.ts";
export * as projections from "./projections/index.ts";
export type { DType, ElementArray, IntegerArray } from "./pytree/dtype.ts";
export { type Leaf, type Tensor, tensor } from "./pytree/leaf.ts";
export type { ReadonlyTree } from "./pytree/readonly-tree.ts";
export type { HostLeaf, NoNode, NotATree, Tree, TreeOf } from "./pytree/tree-type.ts";
export type { Key } from "./random/index.ts";
export * as random from "./random/index.ts";
export {
  MultiNormalDiagFromLogScale,
  type MultiNormalDiagFromLogScaleClass,
  type MultiNormalParameter,
  multiNormal,
} from "./random/multi-normal.ts";
export * from "./schedules/index.ts";
export * as schedules from "./schedules/index.ts";
export type { WrappedScheduleClass } from "./schedules/wrapped-schedule.ts";
export * from "./train/index.ts";
export type { AnyGradients } from "./train/step-arguments.ts";
export * from "./transforms/index.ts";
export * as transforms from "./transforms/index.ts";
export * as traverse from "./traverse/index.ts";
export type { ModelParamTraversalClass } from "./traverse/model-param-traversal.ts";
export { pathMask } from "./traverse/path-mask.ts";
export * as tree from "./tree/index.ts";
export { treeMapParams } from "./tree/map-params.ts";
export {
  biasCorrection,
  updateInfinityMoment,
  updateMoment,
  updateMomentPerElemNorm,
} from "./tree/moments.ts";
export { globalNorm } from "./tree/norm.ts";
export * as treeUtils from "./tree/prefixed.ts";
export type { ScalarOrSchedule, Schedule } from "./types.ts";
