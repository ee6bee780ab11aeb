import { needsNew } from "../define.ts";
import { GradloomError } from "../error.ts";
import type { DictValue, NestedDict } from "./dict.ts";
import type { Focus } from "./foci/focus.ts";
import { modelParams, type ParamFilter } from "./foci/model-params.ts";
import { Traversal } from "./traversal.ts";

/** The class behind `ModelParamTraversal`. */
class ModelParamTraversalClass<T extends object = NestedDict<unknown>> extends Traversal<T, DictValue<T>> {
  constructor(filterFn: ParamFilter<DictValue<T>>) {
    if (typeof filterFn !== "function") {
      throw new GradloomError("INVALID_MASK", "the filter is not a function.", {
        path: "ModelParamTraversal.filterFn",
        remedy: "Pass a function of name and value.",
      });
    }
    super(modelParams(filterFn as ParamFilter) as Focus<T, DictValue<T>>);
  }
}

/**
 * Selects parameters in nested plain objects by name, in sorted order of their paths. A name is the path with a slash before
 * each key. Arrays are values here, as in Flax; `pathMask` selects inside them.
 *
 * @param filterFn - `(name, value) => boolean`, for example `(name) => name.endsWith("/kernel")`
 * @throws GradloomError INVALID_TREE if the input is not a plain object
 * @example
 * const params = { dense: { kernel: 2, bias: 1 } };
 * const kernels = new gl.traverse.ModelParamTraversal<typeof params>((name) => name === "/dense/kernel");
 * [...kernels.iterate(params)]; // [2]
 * kernels.update((kernel) => 10 * kernel, params); // { dense: { kernel: 20, bias: 1 } }
 * @category traverse
 */
export const ModelParamTraversal: new <T extends object = NestedDict<unknown>>(
  filterFn: ParamFilter<DictValue<T>>,
) => ModelParamTraversal<T> = needsNew("ModelParamTraversal", ModelParamTraversalClass);

export interface ModelParamTraversal<T extends object = NestedDict<unknown>>
  extends ModelParamTraversalClass<T> {}

export type { ModelParamTraversalClass };
