export * from "./chain.ts";
export type { Flat, HyperparamsOf, HyperparamsOfCall, NumericKeys, ValuesOf } from "./hyperparams-type.ts";
export * from "./inject-hyperparams.ts";
export type { Mask } from "./mask.ts";
export { type MaskedState, masked } from "./masked.ts";
export * from "./named-chain.ts";
export * from "./partition.ts";
