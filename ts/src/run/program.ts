import type { Block, HostCall } from "../plan/builder.ts";
import type { Lowering } from "../plan/lowering.ts";
import { ScheduleValues } from "../plan/schedule-values.ts";
import { replaceAt, type StateHolder, type StatePath, stateAt } from "../plan/state.ts";
import type { Binding, NumericProgram, StepContext } from "../plan/step-hooks.ts";
import type { StepInput } from "./step-input.ts";
import { type Call, type Coroutine, runAsync, runSync, Suspended } from "./suspended.ts";

/** New states by the path of their binding, to be stored when the whole step has succeeded. */
type Pending = Map<StatePath, unknown>;

const NOTHING_PENDING: Pending = new Map();

/** A step while it runs. */
interface RunningStep {
  readonly holder: StateHolder;
  readonly context: Step;
  readonly pending: Pending;
  /** Bindings whose blocks have run. */
  readonly finishedBindings: number[];
}

class Step extends ScheduleValues implements StepContext {
  readonly program: Program;
  readonly #input: StepInput;

  constructor(program: Program, input: StepInput) {
    super();
    this.program = program;
    this.#input = input;
  }

  get params(): StepInput["params"] {
    return this.#input.params;
  }

  get extra(): StepInput["extra"] {
    return this.#input.extra;
  }

  get refuseLost(): StepInput["refuseLost"] {
    return this.#input.refuseLost;
  }
}

/** A lowered transformation that can take steps; subclasses provide the memory. */
export abstract class Program implements NumericProgram {
  readonly lowering: Lowering;
  /** Bindings in the order of lowering. `injectHyperparams` replaces the hooks of those after its own in every step. */
  readonly bindings: Binding[];

  constructor(lowering: Lowering) {
    this.lowering = lowering;
    this.bindings = lowering.builder.bindings.map((binding) => ({ ...binding }));
  }

  abstract get scalars(): Float64Array;

  abstract register(register: number, leaf: number): number;

  abstract setRegister(register: number, leaf: number, value: number): void;

  /** Releases the memory. */
  abstract close(): void;

  protected abstract run(phase: number): void;

  /** Saves the memory that phases change before host code that may throw. Returns a function that restores it. */
  protected abstract save(): () => void;

  /** Returns a call that brings the results of reductions to the host, for the host code of a binding. */
  protected settle?(binding: Binding): Call | undefined;

  /** Runs the collected phases; if `commit` needs results of a device, returns a call that runs them and reads these results back. */
  protected conclude?(finishedBindings: readonly number[]): Call | undefined;

  /**
   * Takes one step: reads grads, writes the slots and updates or params, and advances the state.
   * If it throws, neither the state nor the memory of params and slots has changed.
   */
  step(holder: StateHolder, input: StepInput): void {
    const context = new Step(this, input);
    const { main } = this.lowering.builder;
    if (main.sequence.length === 1 && !this.conclude) {
      this.#prepare(main, holder, NOTHING_PENDING, context);
      input.refuseLost?.();
      this.run(main.sequence[0] as number);
      for (let i = 0; i < main.bindings.length; i++)
        this.#commit(main.bindings[i] as number, holder, context);
    } else runSync(this.#takeStep(main, holder, context));
  }

  /** Takes one step in which the caller's own functions may be asynchronous. Nothing else may use the program meanwhile. */
  async stepAsync(holder: StateHolder, input: StepInput): Promise<void> {
    const { main } = this.lowering.builder;
    if (main.sequence.length === 1 && !this.conclude) this.step(holder, input);
    else await runAsync(this.#takeStep(main, holder, new Step(this, input)));
  }

  #prepare({ bindings }: Block, holder: StateHolder, pending: Pending, context: StepContext): void {
    for (let i = 0; i < bindings.length; i++) {
      const binding = this.bindings[bindings[i] as number] as Binding;
      binding.hooks.prepare?.(pending.get(binding.path) ?? stateAt(holder, binding.path), binding, context);
    }
  }

  #commit(index: number, holder: StateHolder, context: StepContext): void {
    const binding = this.bindings[index] as Binding;
    binding.hooks.commit?.(stateAt(holder, binding.path), binding, context);
  }

  /** Takes a step with host calls: restores the slots if one of them throws, and stores the new states at the end. */
  *#takeStep(main: Block, holder: StateHolder, context: Step): Coroutine<void> {
    const undo = this.save();
    const step: RunningStep = { holder, context, pending: new Map(), finishedBindings: [] };
    try {
      yield* this.#runBlock(main, step);
      const conclusion = this.conclude?.(step.finishedBindings);
      if (conclusion) yield conclusion;
    } catch (error) {
      undo();
      throw error;
    }
    const outerFirst = [...step.pending].sort(([a], [b]) => a.length - b.length);
    for (const [path, value] of outerFirst) replaceAt(holder, path, value);
    for (const index of step.finishedBindings) this.#commit(index, holder, context);
  }

  *#runBlock(block: Block, step: RunningStep): Coroutine<void> {
    this.#prepare(block, step.holder, step.pending, step.context);
    for (const next of block.sequence) {
      if (typeof next === "number") {
        step.context.refuseLost?.();
        this.run(next);
      } else yield* this.#callHost(next, step);
    }
    step.finishedBindings.push(...block.bindings);
  }

  *#callHost({ binding: index, scope, branches }: HostCall, step: RunningStep): Coroutine<void> {
    const { holder, context, pending } = step;
    const binding = this.bindings[index] as Binding;
    const { hooks, path } = binding;
    const current = (): unknown => pending.get(path) ?? stateAt(holder, path);
    const settling = this.settle?.(binding);
    if (settling) yield settling;
    if (hooks.run) {
      const made = hooks.run(current(), binding, scope, context);
      pending.set(path, made instanceof Suspended ? yield* made.coroutine : made);
    }
    const branch = branches[hooks.selectBranch?.(current(), binding, scope, context) ?? -1];
    if (branch) yield* this.#runBlock(branch, step);
  }
}
