import { GradloomError } from "../error.ts";
import type { TransformationDescription } from "../plan/description.ts";
import type { Node } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import { OpaqueState, type StateLayout } from "../plan/state.ts";
import { UPDATES } from "../plan/step.ts";
import type { ArrayProgram, Binding, ScopeView, StepContext, StepHooks } from "../plan/step-hooks.ts";
import { type GradientTransformation, NAME } from "../plan/transformation.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { type Layout, readTree, writeTree } from "../pytree/layout.ts";
import { show } from "../show.ts";

const treeOf = (layout: Layout, arrays: readonly unknown[]): unknown =>
  writeTree(layout, (i) => arrays[i] as ElementArray);

/** A transformation without kernels, such as a user's own: it runs on the host, between the kernels of its neighbours. */
export class OpaqueNode implements Node, StepHooks {
  readonly name: string;
  readonly key = "opaque";
  readonly #tx: GradientTransformation;
  readonly #path: string;
  readonly #gradientsOf: () => readonly string[];

  /**
   * @param path - the argument that the transformation was given as, for errors
   * @param gradientsOf - returns the keys of the part of the parameters whose gradients `update` takes; the updates that it
   *   returns are for all of them
   */
  constructor(tx: GradientTransformation, path: string, gradientsOf: () => readonly string[] = () => []) {
    this.#tx = tx;
    this.#path = path;
    this.#gradientsOf = gradientsOf;
    this.name = tx[NAME] ?? "a transformation of your own";
  }

  gradientsOf(): readonly string[] {
    return this.#gradientsOf();
  }

  hooks(): readonly StepHooks[] {
    return [this];
  }

  describe(): TransformationDescription {
    return { name: this.name, options: {} };
  }

  lower(scope: Scope): StateLayout {
    scope.integers(this.name);
    scope.hostCall(scope.bind(this), true);
    const { layout } = scope;
    return new OpaqueState((params) => this.#tx.init(treeOf(layout, params)), NAME in this.#tx);
  }

  run(state: unknown, _: Binding, scope: ScopeView, { program, params, extra }: StepContext<ArrayProgram>) {
    const { layout, leaves } = scope;
    const taken = scope.part(this.#gradientsOf());
    const updates = treeOf(taken.layout, program.arena.copies(UPDATES, taken.leaves));
    const result: unknown = program.onEngine(() =>
      this.#tx.update(updates, state, params && treeOf(layout, params), scope.extra(extra)),
    );
    if (!Array.isArray(result) || result.length !== 2) {
      throw new GradloomError("INVALID_TREE", `expected [updates, state], got ${show(result)}.`, {
        path: `${this.#path}.update`,
        remedy: "Return a pair from update, such as [updates, state].",
      });
    }
    program.arena.load(UPDATES, leaves, readTree(layout, result[0], `${this.#path}.update()[0]`));
    return result[1];
  }
}
