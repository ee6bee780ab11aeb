export type { Engine, Session } from "./engine/engine.ts";
export { getEngine, setEngine } from "./engine/registry.ts";
export { type ErrorCode, GradloomError } from "./error.ts";
export * from "./optimizers/index.ts";
export type { Transformation } from "./plan/node.ts";
export type {
  Bind,
  EmptyState,
  ExtraArgs,
  GradientTransformation,
  ParamsLike,
  StateOf,
} from "./plan/transformation.ts";
export type { DType } from "./pytree/dtype.ts";
export { type Leaf, type Tensor, tensor } from "./pytree/leaf.ts";
export { MaskedNode } from "./pytree/masked-node.ts";
export * from "./schedules/index.ts";
export * as schedules from "./schedules/index.ts";
export * from "./train/index.ts";
export * from "./transforms/index.ts";
export * as transforms from "./transforms/index.ts";
export * as traverse from "./traverse/index.ts";
export { pathMask } from "./traverse/path-mask.ts";
export * as tree from "./tree/index.ts";
export { globalNorm } from "./tree/norm.ts";
export type { ScalarOrSchedule, Schedule } from "./types.ts";
