export * from "./apply-updates.ts";
export * from "./incremental-update.ts";
export * from "./periodic-update.ts";
export * from "./train-state.ts";
