import { GradloomError } from "../error.ts";
import type { DType } from "../pytree/dtype.ts";
import type { ScalarRef, Scope, Seat, Step } from "./builder.ts";
import type { Actor, Node, StepContext } from "./node.ts";
import { HostValue, type StateLayout } from "./state.ts";

/** A field of a state: a buffer like the parameters, or a count of steps. */
export type StateField =
  | { readonly slot: true; readonly dtype: DType | undefined; readonly fill: number }
  | { readonly slot: false };

/** A buffer like the parameters, which kernels read and write; `dtype` is its storage, by default that of the parameter. */
export const slot = (options: { dtype?: DType | null | undefined; fill?: number } = {}): StateField => ({
  slot: true,
  dtype: options.dtype ?? undefined,
  fill: options.fill ?? 0,
});

/** The number of steps so far, from 0; it stays at the largest 32-bit integer when it gets there. */
export const count = (): StateField => ({ slot: false });

const LAST_COUNT = 2 ** 31 - 1;

/** What scalars are computed from: the counts in the state, before the step. */
export type Counts = Readonly<Record<string, number>>;

/** A scalar of a kernel: a number, a function of the counts, or the result of the reduction of that name. */
export type Scalar = number | ((counts: Counts) => number) | { readonly reduced: string };

/** One instruction of a transformation; its names are those of the Rust formula, in camelCase. */
export type KernelStep =
  | { readonly map: string; readonly scalars?: Readonly<Record<string, Scalar>> }
  | { readonly reduce: string; readonly scope: "tree" | "leaf"; readonly as: string }
  | {
      readonly leafwise: string;
      readonly scalars?: Readonly<Record<string, Scalar>>;
      readonly axes?: readonly number[];
    };

/** A transformation as its kernels, its state and its scalars. */
export interface KernelSpec {
  /** Its public name, for errors. */
  readonly name: string;
  readonly state?: Readonly<Record<string, StateField>>;
  readonly steps: readonly KernelStep[];
  /** Whether a step reads the parameters. */
  readonly params?: boolean;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A transformation that is nothing but kernels. */
export class KernelNode implements Node, Actor {
  readonly spec: KernelSpec;
  readonly signature: string;
  readonly #fields: [string, StateField][];
  readonly #counts: string[];
  readonly #scalars: [string, number | ((counts: Counts) => number)][];

  constructor(spec: KernelSpec) {
    this.spec = spec;
    this.#fields = Object.entries(spec.state ?? {});
    this.#counts = this.#fields.filter(([, field]) => !field.slot).map(([name]) => name);
    this.#scalars = spec.steps
      .flatMap((step) => Object.entries("reduce" in step ? {} : (step.scalars ?? {})))
      .filter(
        (entry): entry is [string, number | ((counts: Counts) => number)] => typeof entry[1] !== "object",
      );
    this.signature = JSON.stringify(
      [spec.steps, this.#fields, this.#scalars.map(([name]) => name)],
      (key, value) => (key === "scalars" ? Object.keys(value) : value),
    );
  }

  actors(): readonly Actor[] {
    return [this];
  }

  lower(scope: Scope): StateLayout {
    const { builder } = scope;
    if (this.spec.params) builder.needsParams ??= this.spec.name;
    const layout: Record<string, StateLayout> = {};
    const slots: Record<string, number> = {};
    for (const [name, field] of this.#fields) {
      if (field.slot) {
        slots[snakeCase(name)] = builder.slots.length;
        layout[name] = scope.slot(field.dtype, field.fill);
      } else layout[name] = new HostValue(0);
    }
    let next = scope.seat(this, this.#scalars.length).firstScalar;
    const registers = new Map<string, number>();
    const refer = (scalars: Readonly<Record<string, Scalar>> = {}): Record<string, ScalarRef> =>
      Object.fromEntries(
        Object.entries(scalars).map(([name, scalar]) => [
          snakeCase(name),
          typeof scalar === "object" ? { register: registers.get(scalar.reduced) as number } : next++,
        ]),
      );
    const place = (step: KernelStep): Step => {
      if ("map" in step) return { map: step.map, slots, scalars: refer(step.scalars) };
      if ("leafwise" in step) return { ...step, scalars: refer(step.scalars) };
      const into = scope.register();
      registers.set(step.as, into);
      return { reduce: step.reduce, scope: step.scope, into };
    };
    for (const step of this.spec.steps) scope.step(place(step));
    return layout;
  }

  prepare(state: Counts, seat: Seat, { program }: StepContext): void {
    const out = program.scalars;
    for (let i = 0; i < this.#scalars.length; i++) {
      const [name, scalar] = this.#scalars[i] as [string, number | ((counts: Counts) => number)];
      const value = typeof scalar === "number" ? scalar : scalar(state);
      if (!Number.isFinite(value) && typeof scalar === "function") this.#refuse(name, value, state);
      out[seat.firstScalar + i] = value;
    }
  }

  commit(state: Record<string, number>): void {
    for (const name of this.#counts) state[name] = Math.min((state[name] as number) + 1, LAST_COUNT);
  }

  #refuse(name: string, value: number, state: Counts): never {
    const step = this.#counts.map((field) => ` at ${field} ${state[field]}`).join();
    throw new GradloomError("INVALID_HYPERPARAMETER", `came out as ${value}${step}.`, {
      path: `${this.spec.name}.${name}`,
      remedy: "A schedule must return a finite number for every step.",
    });
  }
}
