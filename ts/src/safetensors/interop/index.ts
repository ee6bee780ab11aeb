export { type FromMlxOptions, fromMlx, type MlxCheckpoint, type ToMlxOptions, toMlx } from "./mlx.ts";
export { mlxKernels, type Naming, torchKernels } from "./naming.ts";
export {
  type FromOptaxOptions,
  fromOptax,
  type OptaxCheckpoint,
  type ToOptaxOptions,
  toOptax,
} from "./optax.ts";
export { type FromTfjsOptions, fromTfjs, type ToTfjsOptions, toTfjs } from "./tfjs.ts";
export type { TfjsArtifacts, TfjsWeightSpec, TfjsWeights } from "./tfjs-weights.ts";
export {
  type FromTorchOptions,
  fromTorch,
  type TorchCheckpoint,
  type ToTorchOptions,
  toTorch,
} from "./torch.ts";
export type { TorchParamGroup } from "./torch-groups.ts";
