export type { TfMemory } from "./backends/backend.ts";
export type { TfOptimizer } from "./tf-optimizer.ts";
export { type TfOptimizerOptions, toTfOptimizer } from "./to-tf-optimizer.ts";
