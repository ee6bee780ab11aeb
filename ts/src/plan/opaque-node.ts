import { onEngine } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { type Layout, readTree, writeTree } from "../pytree/layout.ts";
import { join } from "../pytree/tree-def.ts";
import type { Scope, Seat } from "./builder.ts";
import { MemoryProgram } from "./memory-program.ts";
import type { Actor, Node, StepContext } from "./node.ts";
import { copyBuffer } from "./program.ts";
import { OpaqueState, type StateLayout } from "./state.ts";
import { UPDATES } from "./step.ts";
import { type GradientTransformation, NAME } from "./transformation.ts";

const treeOf = (layout: Layout, arrays: readonly unknown[]): unknown =>
  writeTree(layout, (i) => arrays[i] as ElementArray);

/** A transformation without kernels, such as a user's own: it runs on the host, between the kernels before and after it. */
export class OpaqueNode implements Node, Actor {
  readonly name: string;
  readonly signature = "opaque";
  readonly #tx: GradientTransformation;

  constructor(tx: GradientTransformation) {
    this.#tx = tx;
    this.name = tx[NAME] ?? "a transformation of your own";
  }

  actors(): readonly Actor[] {
    return [this];
  }

  lower(scope: Scope): StateLayout {
    scope.interlude(scope.seat(this), true);
    const { layout } = scope;
    return new OpaqueState((params) => this.#tx.init(treeOf(layout, params)));
  }

  run(state: unknown, _: Seat, scope: Scope, { program, params, extra }: StepContext): unknown {
    const { layout, leaves } = scope;
    const updates = treeOf(layout, copyBuffer(program, UPDATES, leaves));
    const update = () =>
      this.#tx.update(updates, state, params && treeOf(layout, params), scope.extra(extra));
    const result = program instanceof MemoryProgram ? onEngine(program.engine, update) : update();
    if (!Array.isArray(result) || result.length !== 2) {
      throw new GradloomError("INVALID_TREE", "a transformation's update must return [updates, state].", {
        path: scope.path.reduce<string>(join, "tx"),
        remedy: "Return a pair from update, such as [updates, state].",
      });
    }
    program.arena.load(UPDATES, leaves, readTree(layout, result[0], "updates"));
    return result[1];
  }
}
