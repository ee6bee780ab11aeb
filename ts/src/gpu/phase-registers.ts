import type { Block, Phase, PlanBuilder, ScalarRef, Seat } from "../plan/builder.ts";

/** The registers that a phase's kernels write, and all that they touch. */
export interface PhaseRegisters {
  readonly written: ReadonlySet<number>;
  readonly touched: ReadonlySet<number>;
}

const registerOf = (scalar: ScalarRef): number[] => (typeof scalar === "object" ? [scalar.register] : []);

/** What registers a phase has to do with. */
export const registersOf = ({ steps }: Phase): PhaseRegisters => {
  const written = new Set(steps.flatMap((step) => ("reduce" in step ? [step.into] : [])));
  const read = steps.flatMap((step) => Object.values(step.scalars ?? {}).flatMap(registerOf));
  return { written, touched: new Set([...written, ...read]) };
};

/** The first transformation whose host code looks at results of the same step: they have to be read back before it goes on. */
export const firstToReadBack = ({ main, phases, seats }: PlanBuilder): string | undefined => {
  const written = new Set<number>();
  const looks = (index: number): string | undefined => {
    const { actor, registers } = seats[index] as Seat;
    return [...registers.values()].some((register) => written.has(register)) ? actor.name : undefined;
  };
  const search = (block: Block): string | undefined => {
    for (const run of block.runs) {
      if (typeof run === "number") {
        for (const register of registersOf(phases[run] as Phase).written) written.add(register);
        continue;
      }
      const found = looks(run.seat) ?? run.arms.map(search).find((name) => name !== undefined);
      if (found) return found;
    }
    const back = block.seats.find((index) => seats[index]?.actor.looksBack);
    return back === undefined ? undefined : looks(back);
  };
  return search(main);
};
