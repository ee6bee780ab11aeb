import type { Node } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import type { StateLayout } from "../plan/state.ts";
import type { StepHooks } from "../plan/step-hooks.ts";

/** A transformation inside another: its node, and the scope in which it is lowered. */
export interface Part {
  readonly node: Node;
  /** Returns the scope of the part, given that of the whole. */
  scope(whole: Scope): Scope;
}

/** A sequence of transformations. */
export class CompositeNode implements Node {
  readonly #parts: readonly Part[];
  readonly #wrap: (states: readonly StateLayout[]) => StateLayout;

  /** @param wrap - returns the state of the whole, given those of the parts; it must agree with the paths of their scopes */
  constructor(parts: readonly Part[], wrap: (states: readonly StateLayout[]) => StateLayout) {
    this.#parts = parts;
    this.#wrap = wrap;
  }

  lower(scope: Scope): StateLayout {
    return this.#wrap(this.#parts.map(({ node, scope: inside }) => node.lower(inside(scope))));
  }

  hooks(): readonly StepHooks[] {
    return this.#parts.flatMap(({ node }) => node.hooks());
  }
}
