import type { Bind } from "../plan/transformation.ts";
import type { AnyGradients } from "./step-arguments.ts";

/** What adapters do with a training state beyond its public methods: their libraries move arrays. */
export interface Internals<P, S> {
  /** Whether the engine works on arrays of the caller, rather than on copies of them. */
  readonly reaches: boolean;
  /** Returns the `optState` of a snapshot, whatever has become of adopted parameters. */
  copyState(): Bind<S, P>;
  /**
   * Replaces the arrays that were adopted. The parameters have the values of the new ones.
   *
   * @throws GradloomError as `TrainState.create`; nothing has changed then
   */
  adoptAgain(params: P): void;
  /**
   * Makes the arrays of a tree of gradients the memory of `train.grads`, so that the next step does not copy them. Where the engine does
   * not reach them, or they are of a part of the parameters, nothing changes. Call it before every step once it has been called: the
   * memory of `train.grads` is written to where gradients are copied.
   *
   * @throws GradloomError as `applyGradients`; nothing has changed then
   */
  lendGradients(grads: AnyGradients<P>): void;
}
