export { baseHungarianAlgorithm } from "./base-hungarian-algorithm.ts";
export type { Assignment } from "./cost-matrix.ts";
export { hungarianAlgorithm } from "./hungarian-algorithm.ts";
