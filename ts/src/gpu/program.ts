import { GradloomError } from "../error.ts";
import type { Lowering } from "../plan/lowering.ts";
import type { Phase } from "../plan/step.ts";
import { FIRST_SLOT } from "../plan/step.ts";
import type { Binding } from "../plan/step-hooks.ts";
import { Program } from "../run/program.ts";
import { slotsAtRisk } from "../run/slots-at-risk.ts";
import type { Call } from "../run/suspended.ts";
import { readsBackMidStep, registersOf } from "./phase-registers.ts";
import type { Registers } from "./registers.ts";
import type { GpuSession } from "./session.ts";

/**
 * Runs phases on the device: submits them, or records them into the caller's encoder. Returns a promise where the device may still
 * refuse them.
 */
export type Submit = (
  phases: readonly number[],
  scalars: Float32Array<ArrayBuffer>,
) => Promise<void> | undefined;

/**
 * A plan on a device. Phases are collected and submitted together at the end of a step, or earlier where host code needs a
 * result: only there does the step wait for the device.
 */
export class GpuProgram extends Program {
  readonly scalars: Float64Array;
  readonly #single: Float32Array<ArrayBuffer>;
  readonly #registers: Registers;
  readonly #phases: readonly ReturnType<typeof registersOf>[];
  readonly #atRisk: readonly number[];
  #broken: GradloomError | undefined;
  /** The registers that phases of this step have written and that have not been read back. */
  readonly #fresh = new Set<number>();
  #collected: number[] = [];
  /** The submissions of this step that the device may still refuse. */
  #unsettled: Promise<void>[] = [];
  #saved = false;
  #session: GpuSession;
  #submit: Submit;

  constructor(lowering: Lowering, session: GpuSession, registers: Registers) {
    super(lowering);
    const { builder } = lowering;
    this.scalars = new Float64Array(builder.scalars);
    this.#single = new Float32Array(builder.scalars);
    this.#registers = registers;
    this.#phases = builder.phases.map((phase: Phase) => registersOf(phase));
    const { buffers } = session.plan;
    const used = (buffer: number): boolean => (buffers[buffer]?.size ?? 0) > 0;
    this.#atRisk = slotsAtRisk(builder)
      .map((slot) => FIRST_SLOT + slot)
      .filter(used);
    this.#session = session;
    this.#submit = (phases, scalars) => session.run(phases, scalars);
  }

  /** The buffers that a step restores if it fails after some of its phases have run. */
  get saved(): readonly number[] {
    return readsBackMidStep(this.lowering.builder) ? this.#atRisk : [];
  }

  /** Throws if a step has failed after it had changed the parameters. */
  refuseBroken(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Makes the next steps run in a session. */
  use(session: GpuSession): void {
    this.#session = session;
    this.#submit = (phases, scalars) => session.run(phases, scalars);
    this.#registers.use(session);
  }

  /** Makes the next steps pass their phases to `submit` rather than run them. */
  record(session: GpuSession, submit: Submit): void {
    this.#session = session;
    this.#submit = submit;
    this.#registers.use(session);
  }

  register(register: number, leaf: number): number {
    return this.#registers.get(register, leaf);
  }

  setRegister(register: number, leaf: number, value: number): void {
    if (this.#registers.get(register, leaf) === value && !this.#fresh.has(register)) return;
    if (this.#collected.some((phase) => this.#phases[phase]?.touched.has(register))) this.#runEarly();
    this.#registers.set(register, leaf, value);
  }

  /** Does nothing: the owner of the session closes it. */
  close(): void {}

  protected run(phase: number): void {
    this.#collected.push(phase);
    for (const register of this.#phases[phase]?.written ?? []) this.#fresh.add(register);
  }

  protected save(): () => void {
    this.#collected = [];
    this.#unsettled = [];
    this.#fresh.clear();
    this.#saved = false;
    return () => {
      this.#collected = [];
      if (this.#saved && !this.#broken) this.#session.restore(this.#atRisk);
    };
  }

  protected override settle(binding: Binding): Call | undefined {
    const wanted = this.#freshOf(binding);
    if (wanted.length === 0) return undefined;
    return async () => {
      this.#runEarly();
      await this.#accepted();
      await this.#readBack(wanted);
    };
  }

  protected override conclude(finishedBindings: readonly number[]): Call | undefined {
    const readers = finishedBindings
      .map((index) => this.bindings[index] as Binding)
      .filter(({ hooks }) => hooks.readsResults);
    const wanted = [...new Set(readers.flatMap((binding) => this.#freshOf(binding)))];
    if (wanted.length > 0) return () => this.#finish(wanted);
    this.#runCollected();
    return this.#unsettled.length > 0 ? () => this.#accepted() : undefined;
  }

  /** Runs the rest of a step and reads back the results that `commit` needs. A step that fails here cannot be undone. */
  async #finish(wanted: readonly number[]): Promise<void> {
    await this.#registers.reserve(wanted);
    this.#runCollected();
    await this.#accepted();
    try {
      await this.#readBack(wanted);
    } catch (cause) {
      this.#broken = halfDone(cause);
      throw this.#broken;
    }
  }

  /** Waits until the device has accepted all submissions of this step. Throws if it has refused one. */
  async #accepted(): Promise<void> {
    const submissions = this.#unsettled;
    this.#unsettled = [];
    await Promise.all(submissions);
  }

  #freshOf({ registers }: Binding): number[] {
    return [...registers.values()].filter((register) => this.#fresh.has(register));
  }

  async #readBack(registers: readonly number[]): Promise<void> {
    await this.#registers.readBack(registers);
    for (const register of registers) this.#fresh.delete(register);
  }

  /** Runs the collected phases in the middle of a step, after saving the slots so that they can be undone. */
  #runEarly(): void {
    if (!this.#saved) this.#session.save(this.#atRisk);
    this.#saved = true;
    this.#runCollected();
  }

  #runCollected(): void {
    const phases = this.#collected;
    this.#collected = [];
    this.#registers.upload();
    this.#single.set(this.scalars);
    const submission = this.#submit(phases, this.#single);
    if (!submission) return;
    submission.catch(() => undefined); // A step that fails before it waits for this one throws its own error.
    this.#unsettled.push(submission);
  }
}

const halfDone = (cause: unknown): GradloomError => {
  const message = "a step changed the parameters, and its results could not be read back.";
  return new GradloomError(cause instanceof GradloomError ? cause.code : "INTERNAL", message, {
    path: "TrainState",
    remedy: "Create the state again from the last snapshot.",
    cause,
  });
};
