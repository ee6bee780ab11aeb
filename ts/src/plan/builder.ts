import { DTYPES } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import { asciiBytes } from "./ascii.ts";
import { isDryRun } from "./dry-run.ts";
import { IntegerLeaves } from "./integer-leaves.ts";
import type { SlotRef } from "./state.ts";
import type { Phase, SlotSpec } from "./step.ts";
import type { Binding, ScopeView } from "./step-hooks.ts";

/** A call of host code between two phases: the hooks of a binding run code, or choose which block runs next. */
export interface HostCall {
  readonly binding: number;
  readonly scope: ScopeView;
  readonly branches: readonly Block[];
  /** The arrays that the call sees beside numbers: none, all, or those of slots only. */
  readonly arrays: boolean | "slots";
}

/** Phases and host calls in the order in which they run, and the bindings whose scalars are written before them. */
export interface Block {
  readonly bindings: number[];
  readonly sequence: (number | HostCall)[];
}

type Start = Pick<Phase, "input" | "steps">;

/** The builder of the plan of one transformation for one tree. */
export class PlanBuilder {
  readonly layout: Layout;
  /** The tree that the plan is made for: functions of the tree, such as masks, are evaluated on it. */
  readonly tree: unknown;
  /** All bindings, in the order in which transformations are lowered. */
  readonly bindings: Binding[] = [];
  /** The block that every step runs. */
  readonly main: Block = { bindings: [], sequence: [0] };
  readonly phases: Phase[] = [{ input: "grads", output: "none", steps: [] }];
  readonly slots: SlotSpec[] = [];
  /** The memory of each slot. */
  readonly places: SlotRef[] = [];
  readonly sets: number[][] = [];
  /** What becomes of the leaves that are in no set. */
  readonly integers: IntegerLeaves;
  scalars = 0;
  registers = 0;
  /** For each leafwise kernel the name of the first transformation that runs it. */
  readonly leafwise = new Map<string, string>();
  /** The name of the first transformation that reads the parameters. */
  needsParams: string | undefined;

  #block: Block = this.main;

  constructor(layout: Layout, tree: unknown) {
    this.layout = layout;
    this.integers = new IntegerLeaves(layout);
    this.tree = tree;
  }

  /** Returns the index of a set of leaves; equal sets share one. */
  set(leaves: readonly number[]): number {
    const found = this.sets.findIndex(
      (set) => set.length === leaves.length && set.every((leaf, i) => leaf === leaves[i]),
    );
    return found >= 0 ? found : this.sets.push([...leaves]) - 1;
  }

  /**
   * Ends the current phase and adds a call of host code.
   *
   * @param isSwitch - whether the call chooses one of the branches; otherwise the only branch holds all that follows
   * @param branches - functions that fill a block each
   */
  hostCall(call: Omit<HostCall, "branches">, isSwitch: boolean, branches: readonly (() => void)[]): void {
    const { arrays } = call;
    const kept =
      (arrays === "slots" && this.#startWithoutStoring()) || (!arrays && !isSwitch && this.#makeDryRun());
    const next = kept || this.#store();
    const outer = this.#block;
    const blocks = branches.map((): Block => ({ bindings: [], sequence: [] }));
    outer.sequence.push({ ...call, branches: blocks });
    for (const [i, block] of blocks.entries()) {
      this.#block = block;
      this.#begin(next);
      const lower = branches[i] ?? (() => {});
      if (isSwitch) {
        this.integers.branch(lower);
        this.#store();
      } else lower();
    }
    this.#block = outer;
    if (isSwitch || branches.length === 0) this.#begin(next);
  }

  /** Adds hooks to the current block. Returns the index of their binding. */
  bind(binding: Binding): number {
    const index = this.bindings.push(binding) - 1;
    this.#block.bindings.push(index);
    return index;
  }

  /** Returns the start of the next phase where the current one has only read u, so that u need not be stored. */
  #startWithoutStoring(): Start | undefined {
    const { input, steps } = this.#phase;
    const isKept = steps.every(({ keepsUpdates }) => keepsUpdates);
    return isKept ? { input, steps: [] } : undefined;
  }

  /** Makes the current phase store u. Returns the start of the next one. */
  #store(): Start {
    this.#phase.output = "updates";
    return { input: "updates", steps: [] };
  }

  /** Makes the current phase a dry run where that pays, and returns the start of the next one: if host code throws, nothing has changed. */
  #makeDryRun(): Start | undefined {
    const phase = this.#phase;
    if (!isDryRun(phase, this.slots)) return undefined;
    phase.output = "registers";
    return { input: phase.input, steps: phase.steps.filter(({ step }) => "map" in step) };
  }

  get #phase(): Phase {
    return this.phases.at(-1) as Phase;
  }

  #begin({ input, steps }: Start): void {
    this.#block.sequence.push(this.phases.push({ input, output: "none", steps: [...steps] }) - 1);
  }

  /** Returns the plan as bytes; `output` says where u goes at the end of the last phase. */
  encode(output: Phase["output"]): Uint8Array {
    const leaves = this.layout.leaves.map(({ dtype, shape }) => ({ dtype: DTYPES[dtype].code, shape }));
    const phases = this.phases.map(({ steps, ...phase }, i) => ({
      ...phase,
      ...(i === this.phases.length - 1 && { output }),
      steps: steps.map(({ step }) => step),
    }));
    const { sets, slots, scalars, registers } = this;
    return asciiBytes(JSON.stringify({ leaves, sets, slots, scalars, registers, phases }));
  }
}
