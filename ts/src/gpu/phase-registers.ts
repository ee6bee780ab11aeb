import type { Block, PlanBuilder } from "../plan/builder.ts";
import type { Phase, ScalarRef } from "../plan/step.ts";
import type { Binding } from "../plan/step-hooks.ts";

/** The registers that a phase writes, and those that it reads or writes. */
export interface PhaseRegisters {
  readonly written: ReadonlySet<number>;
  readonly touched: ReadonlySet<number>;
}

const registerOf = (scalar: ScalarRef): number[] => (typeof scalar === "object" ? [scalar.register] : []);

/** Returns the registers of a phase. */
export const registersOf = (phase: Phase): PhaseRegisters => {
  const steps = phase.steps.map(({ step }) => step);
  const written = new Set(steps.flatMap((step) => ("reduce" in step ? [step.into] : [])));
  const read = steps.flatMap((step) => Object.values(step.scalars ?? {}).flatMap(registerOf));
  return { written, touched: new Set([...written, ...read]) };
};

/** Returns the names of the transformations whose host code reads results of the same step: between phases, or after the last. */
const readersOfResults = ({ main, phases, bindings }: PlanBuilder) => {
  const written = new Set<number>();
  const found: { readonly between: string[]; readonly after: string[] } = { between: [], after: [] };
  const check = (index: number, into: string[]): void => {
    const { hooks, registers } = bindings[index] as Binding;
    if ([...registers.values()].some((register) => written.has(register))) into.push(hooks.name);
  };
  const walk = (block: Block): void => {
    for (const part of block.sequence) {
      if (typeof part === "number") {
        for (const register of registersOf(phases[part] as Phase).written) written.add(register);
      } else {
        check(part.binding, found.between);
        part.branches.forEach(walk);
      }
    }
    for (const index of block.bindings) if (bindings[index]?.hooks.readsResults) check(index, found.after);
  };
  walk(main);
  return found;
};

/** Returns the name of the first transformation whose host code reads results of the same step, if there is one. */
export const firstToReadBack = (builder: PlanBuilder): string | undefined => {
  const { between, after } = readersOfResults(builder);
  return between[0] ?? after[0];
};

/** Returns whether results are read back in the middle of a step: it may fail there and is then undone. */
export const readsBackMidStep = (builder: PlanBuilder): boolean =>
  readersOfResults(builder).between.length > 0;
