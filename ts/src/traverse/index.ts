export type { DictValue, MapDict, NestedDict, Path } from "./dict.ts";
export { type EmptyNode, emptyNode } from "./empty-node.ts";
export { type FlatDict, type FlattenDictOptions, flattenDict } from "./flatten-dict.ts";
export type { Focus } from "./foci/focus.ts";
export type { Slice } from "./foci/item.ts";
export type { ParamFilter } from "./foci/model-params.ts";
export { ModelParamTraversal } from "./model-param-traversal.ts";
export { pathAwareMap } from "./path-aware-map.ts";
export { type MaskOf, pathMask } from "./path-mask.ts";
export { Traversal } from "./traversal.ts";
export {
  TraverseAttr,
  TraverseCompose,
  TraverseEach,
  TraverseFilter,
  TraverseId,
  TraverseItem,
  TraverseMerge,
  TraverseTree,
  tIdentity,
} from "./traversals.ts";
export { type UnflattenDictOptions, unflattenDict } from "./unflatten-dict.ts";
