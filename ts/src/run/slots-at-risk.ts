import type { Block, PlanBuilder } from "../plan/builder.ts";

/** Lists the phases that a block may run, in order; undefined stands for host code, which may throw. */
const inOrder = (block: Block): (number | undefined)[] =>
  block.sequence.flatMap((part) =>
    typeof part === "number" ? [part] : [undefined, ...part.branches.flatMap(inOrder)],
  );

/** Returns the slots that kernels write before host code: a step that fails there must restore them. */
export const slotsAtRisk = ({ main, phases }: PlanBuilder): readonly number[] => {
  const order = inOrder(main);
  const before = order.slice(0, order.lastIndexOf(undefined) + 1);
  const written = before.flatMap((phase) =>
    phase === undefined || phases[phase]?.output === "registers"
      ? []
      : (phases[phase]?.steps.flatMap(({ writes }) => writes) ?? []),
  );
  return [...new Set(written)];
};
