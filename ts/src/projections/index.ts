export { type BoxBound, projectionBox, projectionHypercube, projectionNonNegative } from "./box.ts";
export { projectionHalfspace, projectionHyperplane, projectionVector } from "./plane.ts";
export type { RadiusOptions } from "./radius.ts";
export { projectionL1Ball, projectionL1Sphere, projectionSimplex } from "./simplex.ts";
export { projectionL2Ball, projectionL2Sphere, projectionLinfBall } from "./sphere.ts";
