import { GradloomError } from "../error.ts";
import type { ExtraArgs, Gradients } from "../plan/transformation.ts";
import type { ReadonlyTree } from "../pytree/readonly-tree.ts";

/** The trees that a step takes as gradients, those of `train.grads` among them. */
export type AnyGradients<P> = P | Gradients<P> | ReadonlyTree<P | Gradients<P>>;

/** The arguments of a step; none where the gradients are in the memory for them already. */
export type StepArguments<G> = readonly [] | readonly [grads: G, extra?: ExtraArgs | undefined];

/** Returns the gradients of a step, undefined for a call without arguments. Throws where they are given as undefined. */
export const gradientsOf = <G>(given: StepArguments<G>): G | undefined => {
  const [grads] = given;
  if (grads !== undefined || given.length === 0) return grads;
  throw new GradloomError("INVALID_TREE", "the gradients are undefined.", {
    path: "grads",
    remedy:
      "Return them from the function that computes them; only a call without arguments uses train.grads.",
  });
};
