import type { TransformationDescription } from "../plan/description.ts";
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

type Wrap = (states: readonly StateLayout[]) => StateLayout;

/** Returns the keys of the part of the parameters whose gradients a transformation takes: none if it takes those of all. */
export const gradientsOf = (node: Node): readonly string[] => node.gradientsOf?.() ?? [];

/** Returns the keys of the first of several transformations that takes gradients of a part. */
export const gradientsOfAny = (nodes: readonly Node[]): readonly string[] =>
  nodes.map(gradientsOf).find((keys) => keys.length > 0) ?? [];

/** Transformations side by side. */
export class CompositeNode implements Node {
  readonly #name: string;
  readonly #parts: readonly Part[];
  readonly #wrap: Wrap;

  /** @param wrap - returns the state of the whole, given those of the parts; it must agree with the paths of their scopes */
  constructor(name: string, parts: readonly Part[], wrap: Wrap) {
    this.#name = name;
    this.#parts = parts;
    this.#wrap = wrap;
  }

  gradientsOf(): readonly string[] {
    return gradientsOfAny(this.#parts.map(({ node }) => node));
  }

  lower(scope: Scope): StateLayout {
    return this.#wrap(this.#parts.map(({ node, scope: inside }) => node.lower(inside(scope))));
  }

  hooks(): readonly StepHooks[] {
    return this.#parts.flatMap(({ node }) => node.hooks());
  }

  describe(of: (inner: Node) => TransformationDescription): TransformationDescription {
    return { name: this.#name, options: {}, inner: this.#parts.map(({ node }) => of(node)) };
  }
}

/** Transformations one after the other. Those before one that takes gradients of a part see that part as the whole. */
export class SequenceNode implements Node {
  readonly #members: readonly (readonly [key: string | number, node: Node])[];
  readonly #wrap: Wrap;

  /** @param members - the transformations, and the keys of their states */
  constructor(members: readonly (readonly [key: string | number, node: Node])[], wrap: Wrap) {
    this.#members = members;
    this.#wrap = wrap;
  }

  gradientsOf(): readonly string[] {
    return this.#gradientsFrom(0);
  }

  lower(scope: Scope): StateLayout {
    return this.#wrap(
      this.#members.map(([key, node], i) => node.lower(scope.at(key).part(this.#gradientsFrom(i + 1)))),
    );
  }

  hooks(): readonly StepHooks[] {
    return this.#members.flatMap(([, node]) => node.hooks());
  }

  describe(of: (inner: Node) => TransformationDescription): TransformationDescription {
    return { name: "chain", options: {}, chain: this.#members.map(([, node]) => of(node)) };
  }

  /** Returns the keys of the part whose gradients the members from an index on take. */
  #gradientsFrom(index: number): readonly string[] {
    return this.#members
      .slice(index)
      .reverse()
      .flatMap(([, node]) => gradientsOf(node));
  }
}
