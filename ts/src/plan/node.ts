import type { Scope, Seat } from "./builder.ts";
import type { Program } from "./program.ts";
import type { StateLayout } from "./state.ts";
import type { Bind, ExtraArgs, GradientTransformation } from "./transformation.ts";

/** One step, as actors see it. */
export interface StepContext {
  readonly program: Program;
  /** The arrays of the parameters, where they were given. */
  readonly params: readonly unknown[] | undefined;
  readonly extra: ExtraArgs | undefined;
}

/** Something that acts at every step: computes scalars before it, moves counts on after it. */
export interface Actor {
  /** The public name of its transformation, for errors. */
  readonly name: string;
  /** Two actors with the same signature fit the same plan. */
  readonly signature: string;
  /** Writes this step's scalars. Throws where one is out of range, and changes nothing but the scalars. */
  prepare?(state: unknown, seat: Seat, step: StepContext): void;
  /**
   * Runs between two phases; returns the new state, which the rest of the step sees and which is stored when all succeeds,
   * or an `Asking` that comes to it.
   */
  run?(state: unknown, seat: Seat, scope: Scope, step: StepContext): unknown;
  /** Chooses between phases which of its blocks runs next: an index, or -1 for none. */
  choose?(state: unknown, seat: Seat, scope: Scope, step: StepContext): number;
  /** Whether `commit` looks at what reductions have found. */
  readonly looksBack?: boolean;
  /** Moves the state on when the whole step has succeeded. */
  commit?(state: unknown, seat: Seat, step: StepContext): void;
}

/** What a built-in transformation tells the planner. */
export interface Node {
  /** Adds the transformation's instructions for the leaves of a scope. Returns the layout of its state. */
  lower(scope: Scope): StateLayout;
  /** The actors that `lower` seats, in its order. */
  actors(): readonly Actor[];
}

/** Where a built-in transformation keeps its node. */
export const NODE: unique symbol = Symbol.for("gradloom.node");

/** A transformation that runs in compiled kernels. */
// biome-ignore lint/suspicious/noExplicitAny: the state of an arbitrary transformation
export interface Transformation<S = any> extends GradientTransformation<S> {
  readonly [NODE]: Node;
  /** `update` for extra arguments that are asynchronous functions, such as the objective of a line search on a GPU. */
  updateAsync<P>(
    updates: P,
    state: Bind<NoInfer<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): Promise<[updates: P, state: Bind<NoInfer<S>, P>]>;
}
