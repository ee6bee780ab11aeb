export { safeIncrement, safeInt32Increment } from "../plan/safe-increment.ts";
export * from "./safe-norm.ts";
export * from "./safe-root-mean-squares.ts";
