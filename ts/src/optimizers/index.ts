export * from "./adam.ts";
export { adamw } from "./adamw.ts";
export * from "./nadam.ts";
export * from "./nadamw.ts";
export * from "./sgd.ts";
