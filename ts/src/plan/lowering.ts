import { allLeaves, type Layout } from "../pytree/layout.ts";
import { PlanBuilder } from "./builder.ts";
import type { Node } from "./node.ts";
import { Scope } from "./scope.ts";
import { type StateLayout, WHOLE_STATE } from "./state.ts";

/** The plan of a transformation for one tree, and the layout of its state. */
export interface Lowering {
  readonly builder: PlanBuilder;
  readonly state: StateLayout;
}

/** Plans a transformation for a tree of a given layout. */
export const lower = (node: Node, layout: Layout, tree: unknown): Lowering => {
  const builder = new PlanBuilder(layout, tree);
  const everything = new Scope(
    builder,
    allLeaves(layout).map((_, i) => i),
    WHOLE_STATE,
  );
  return { builder, state: node.lower(everything) };
};
