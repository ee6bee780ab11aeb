import { defaultDevice, type JsTree, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../../error.ts";
import { type GradientTransformation as HostTransformation, NAME } from "../../plan/transformation.ts";
import type { Leaf } from "../../pytree/leaf.ts";
import { flatten, unflatten } from "../../pytree/tree-def.ts";
import { paramsRequired } from "../../run/pure.ts";
import { mul } from "../../tree/arithmetic.ts";
import { Arguments } from "../arguments.ts";
import { type ArrayForm, formOfLeaf, type HostData, readNow } from "../array.ts";
import { hostLeaf, jaxTree } from "../host-tree.ts";

/** A mask, or a function that makes one from the updates, which it consumes. */
type Mask = JsTree<np.Array> | ((tree: JsTree<np.Array>) => JsTree<np.Array>);

const ROOT = "addDecayedWeights.mask";

/** Reads the factors of a leaf, one for each of its elements. */
const factorsOf = (mask: np.Array, { dtype, shape }: ArrayForm): HostData => {
  const whole = np.broadcastTo(mask.ref.astype(dtype), [...shape]);
  try {
    return readNow(whole);
  } finally {
    whole.dispose();
  }
};

/** Makes a weight decay that is multiplied by a mask element by element, which kernels do not know. */
export const maskedDecay = (decay: HostTransformation, mask: Mask): HostTransformation => ({
  [NAME]: "addDecayedWeights",
  init: decay.init,
  update(updates, state, params) {
    if (params === undefined) throw paramsRequired("addDecayedWeights");
    const { def, leaves, paths } = flatten<Leaf>(updates, ROOT);
    const forms = leaves.map((leaf, i) => formOfLeaf(leaf, paths[i] as string, defaultDevice()));
    const made =
      typeof mask === "function" ? mask(jaxTree({ def, forms }, updates) as JsTree<np.Array>) : undefined;
    const held = new Arguments();
    try {
      const parts = held.take(made ?? mask, ROOT);
      const wrong = paths.find((path, i) => parts.paths[i] !== path) ?? parts.paths[paths.length];
      if (wrong !== undefined) {
        throw new GradloomError("INVALID_MASK", "the structure is not that of the updates.", {
          path: wrong,
          remedy: "Pass an array of zeros and ones for each parameter.",
        });
      }
      held.refuseDisposed();
      const factors = unflatten(def, (i) => {
        const form = forms[i] as ArrayForm;
        return hostLeaf(factorsOf(parts.leaves[i] as np.Array, form), form.shape);
      });
      return decay.update(updates, state, mul(params, factors as typeof params));
    } finally {
      if (made) held.consume();
    }
  },
});
