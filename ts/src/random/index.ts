export { bits } from "./bits.ts";
export type { Drawn, DrawOptions, Sampler, SamplerOptions } from "./draw.ts";
export { gumbel } from "./gumbel.ts";
export { foldIn, type Key, key, split } from "./key.ts";
export { normal } from "./normal.ts";
export { rademacher } from "./rademacher.ts";
export { uniform } from "./uniform.ts";
