export type { DictValue, MapDict, NestedDict, Path, Whole } from "./dict.ts";
export { type EmptyNode, emptyNode } from "./empty-node.ts";
export {
  type FlatDict,
  type FlatEntries,
  type FlattenDictOptions,
  type FlatValue,
  flattenDict,
  type IsDictLeaf,
  type OptionValue,
} from "./flatten-dict.ts";
export type { ItemOf } from "./foci/each.ts";
export type { Focus } from "./foci/focus.ts";
export type { Slice } from "./foci/item.ts";
export type { ParamFilter } from "./foci/model-params.ts";
export type { TreeLeaf } from "./foci/tree.ts";
export { ModelParamTraversal } from "./model-param-traversal.ts";
export { pathAwareMap } from "./path-aware-map.ts";
export { type MaskOf, pathMask, type SelectsLeaf } from "./path-mask.ts";
export { type KeyOf, Traversal, type ValueAt } from "./traversal.ts";
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
