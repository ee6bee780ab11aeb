export * from "./apply-updates.ts";
export * from "./train-state.ts";
