import { allLeaves, type Layout } from "../pytree/layout.ts";
import { PlanBuilder } from "./builder.ts";
import type { Node } from "./node.ts";
import { Scope } from "./scope.ts";
import { type StateLayout, WHOLE_STATE } from "./state.ts";
import type { ScopeView } from "./step-hooks.ts";

/** The plan of a transformation for one tree, and the layout of its state. */
export interface Lowering {
  readonly builder: PlanBuilder;
  readonly state: StateLayout;
  /** The leaves whose gradients a step takes, and the layout of the tree of gradients. */
  readonly gradients: Pick<ScopeView, "layout" | "leaves">;
}

/** Plans a transformation for a tree of a given layout. */
export const lower = (node: Node, layout: Layout, tree: unknown): Lowering => {
  const builder = new PlanBuilder(layout, tree);
  const everything = new Scope(
    builder,
    allLeaves(layout).map((_, i) => i),
    WHOLE_STATE,
  );
  const { whole, leaves } = everything.part(node.gradientsOf?.() ?? []);
  return { builder, state: node.lower(everything), gradients: { layout: whole, leaves } };
};
