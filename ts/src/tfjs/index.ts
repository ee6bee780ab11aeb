export type { TfMemory } from "./backends/backend.ts";
export { type ByLayer, byLayer, type LayerLike, type ModelLike } from "./by-layer.ts";
export type { TfOptimizer } from "./tf-optimizer.ts";
export { type TfOptimizerOptions, toTfOptimizer } from "./to-tf-optimizer.ts";
