export { safeIncrement, safeInt32Increment } from "../kernels/safe-increment.ts";
export type { NormOrd } from "./norms.ts";
export * from "./safe-norm.ts";
export * from "./safe-root-mean-squares.ts";
