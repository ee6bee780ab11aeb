export { norm } from "./norm.ts";
export { scale } from "./scale.ts";
