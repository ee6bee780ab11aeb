import type { Tree } from "../pytree/tree-type.ts";
import type { TransformationDescription } from "./description.ts";
import type { Scope } from "./scope.ts";
import type { StateLayout } from "./state.ts";
import type { StepHooks } from "./step-hooks.ts";
import type {
  Bind,
  ExtraArgs,
  Gradients,
  GradientTransformation,
  Known,
  LookaheadPair,
} from "./transformation.ts";

/** A built-in transformation as the planner sees it. */
export interface Node {
  /** Adds the transformation's instructions for the leaves of a scope. Returns the layout of its state. */
  lower(scope: Scope): StateLayout;
  /** Returns the keys of the part of the parameters whose gradients the transformation takes. By default it takes those of all. */
  gradientsOf?(): readonly string[];
  /** Returns the hooks that `lower` binds, in its order. */
  hooks(): readonly StepHooks[];
  /** Describes the transformation; `of` describes those inside it. */
  describe(of: (inner: Node) => TransformationDescription): TransformationDescription;
}

/**
 * The key under which a built-in transformation holds its node. Each copy of the library has its own: a transformation of another
 * copy, perhaps of another version, counts as a user's own.
 */
export const NODE: unique symbol = Symbol("gradloom.node");

/** A transformation that runs in compiled kernels. */
// biome-ignore lint/suspicious/noExplicitAny: the state of an arbitrary transformation
export interface Transformation<S = any> extends GradientTransformation<S> {
  /** @internal */
  readonly [NODE]: Node;
  update<P>(
    updates: P & Tree<P>,
    state: Bind<Known<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): [updates: P, state: Bind<Known<S>, P>];
  /** Takes the gradients of the fast parameters, see `lookahead`. */
  update<P>(
    updates: Gradients<P>,
    state: Bind<Known<S>, LookaheadPair<P>>,
    params: LookaheadPair<P>,
    extra?: ExtraArgs,
  ): [updates: LookaheadPair<P>, state: Bind<Known<S>, LookaheadPair<P>>];
  /** Does the same as `update`, and allows extra arguments that are asynchronous functions, such as the objective of a line search on a GPU. */
  updateAsync<P>(
    updates: P & Tree<P>,
    state: Bind<Known<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): Promise<[updates: P, state: Bind<Known<S>, P>]>;
}
