export { matrixInversePthRoot } from "./matrix-inverse-pth-root.ts";
export { nnls } from "./nnls.ts";
export { powerIteration } from "./power-iteration.ts";
