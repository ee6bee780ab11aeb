import { resolveEngine } from "../engine/registry.ts";
import { lower } from "../plan/lowering.ts";
import { GRADS } from "../plan/step.ts";
import { layoutOf, readTree, refuseIntegers } from "../pytree/layout.ts";
import { MemoryProgram } from "./memory-program.ts";

/** Returns the value of a reduction over all leaves of a tree. It runs the kernel of transformations, so the bits are the same. */
export const reduceTree = (reduction: string, tree: unknown, name = "tree"): number => {
  const layout = layoutOf(tree, name);
  refuseIntegers(layout, name);
  if (layout.leaves.length === 0) return 0;
  const lowering = lower(
    {
      lower: (scope) => {
        scope.step({ reduce: reduction, scope: "tree", into: scope.register() });
        return {};
      },
      hooks: () => [],
      describe: () => ({ name: reduction, options: {} }),
    },
    layout,
    tree,
  );
  const program = new MemoryProgram(lowering, resolveEngine(), "none");
  try {
    const every = layout.leaves.map((_, i) => i);
    program.arena.load(GRADS, every, readTree(layout, tree, name));
    program.step({ state: {} }, { params: undefined, extra: undefined });
    return program.register(0, 0);
  } finally {
    program.close();
  }
};
