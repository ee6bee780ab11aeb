export { makePerturbedFun, type PerturbedFun } from "./make-perturbed-fun.ts";
export { Gumbel, type Noise, Normal } from "./noise.ts";
