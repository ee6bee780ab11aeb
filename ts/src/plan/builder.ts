import { DTYPES } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import { isDryRun } from "./dry-run.ts";
import type { SlotRef } from "./state.ts";
import { encodable, type Phase, type SlotSpec } from "./step.ts";
import type { Binding, ScopeView } from "./step-hooks.ts";

/** A call of host code between two phases: the hooks of a binding run code, or choose which block runs next. */
export interface HostCall {
  readonly binding: number;
  readonly scope: ScopeView;
  readonly branches: readonly Block[];
  /** Whether it sees arrays, and not only numbers: all of them, or those of slots. */
  readonly arrays: boolean | "slots";
}

/** Phases and host calls in the order in which they run, and the bindings whose scalars are written before them. */
export interface Block {
  readonly bindings: number[];
  readonly sequence: (number | HostCall)[];
}

type Start = Pick<Phase, "input" | "steps">;

/** Collects the plan of one transformation for one tree. */
export class PlanBuilder {
  readonly layout: Layout;
  /** The tree that the plan is made for: functions of the tree, such as masks, are evaluated on it. */
  readonly tree: unknown;
  /** All bindings, in the order in which transformations are lowered. */
  readonly bindings: Binding[] = [];
  /** What a step runs. */
  readonly main: Block = { bindings: [], sequence: [0] };
  readonly phases: Phase[] = [{ input: "grads", output: "none", steps: [] }];
  readonly slots: SlotSpec[] = [];
  /** Where the slots lie, in their order. */
  readonly places: SlotRef[] = [];
  readonly sets: number[][] = [];
  scalars = 0;
  registers = 0;
  /** Kernels that see whole leaves, and the first transformation that runs each. */
  readonly leafwise = new Map<string, string>();
  /** The first transformation that reads the parameters. */
  needsParams: string | undefined;

  #block: Block = this.main;

  constructor(layout: Layout, tree: unknown) {
    this.layout = layout;
    this.tree = tree;
  }

  /** The index of a set of leaves, the same for equal sets. */
  set(leaves: readonly number[]): number {
    const found = this.sets.findIndex(
      (set) => set.length === leaves.length && set.every((leaf, i) => leaf === leaves[i]),
    );
    return found >= 0 ? found : this.sets.push([...leaves]) - 1;
  }

  /**
   * Ends the current phase, and lets something happen on the host.
   *
   * @param branches - fill the blocks of which one is chosen; where there is no choice the only one goes on with all that follows
   */
  hostCall(call: Omit<HostCall, "branches">, isSwitch: boolean, branches: readonly (() => void)[]): void {
    const { arrays } = call;
    const rests = (arrays === "slots" && this.#leave()) || (!arrays && !isSwitch && this.#dryRun());
    const next = rests || this.#store();
    const outer = this.#block;
    const blocks = branches.map((): Block => ({ bindings: [], sequence: [] }));
    outer.sequence.push({ ...call, branches: blocks });
    for (const [i, block] of blocks.entries()) {
      this.#block = block;
      this.#begin(next);
      branches[i]?.();
      if (isSwitch) this.#store();
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

  /** Leaves u where it is, if kernels have only looked at it. Returns how the next phase begins. */
  #leave(): Start | undefined {
    const { input, steps } = this.#phase;
    const isKept = steps.every((step) => "leafwise" in step && step.keepsUpdates);
    return isKept ? { input, steps: [] } : undefined;
  }

  /** Stores what the current phase has done. Returns how the next one begins. */
  #store(): Start {
    this.#phase.output = "updates";
    return { input: "updates", steps: [] };
  }

  /** Makes the current phase a dry run where that is worth it: where host code then throws, nothing has changed. Returns how the next phase starts. */
  #dryRun(): Start | undefined {
    const phase = this.#phase;
    if (!isDryRun(phase, this.slots)) return undefined;
    phase.output = "registers";
    return { input: phase.input, steps: phase.steps.filter((step) => "map" in step) };
  }

  get #phase(): Phase {
    return this.phases.at(-1) as Phase;
  }

  #begin({ input, steps }: Start): void {
    this.#block.sequence.push(this.phases.push({ input, output: "none", steps: [...steps] }) - 1);
  }

  /** The plan's bytes, ending in updates, in params or in registers alone. */
  encode(output: Phase["output"]): Uint8Array {
    const leaves = this.layout.leaves.map(({ dtype, shape }) => ({ dtype: DTYPES[dtype].code, shape }));
    const phases = this.phases.map((phase, i) =>
      i === this.phases.length - 1 ? { ...phase, output } : phase,
    );
    const { sets, slots, scalars, registers } = this;
    return new TextEncoder().encode(
      JSON.stringify({ leaves, sets, slots, scalars, registers, phases }, encodable),
    );
  }
}
