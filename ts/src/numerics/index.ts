export { safeIncrement, safeInt32Increment } from "../kernels/safe-increment.ts";
export * from "./safe-norm.ts";
export * from "./safe-root-mean-squares.ts";
