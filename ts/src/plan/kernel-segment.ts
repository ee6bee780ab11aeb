import { GradloomError } from "../error.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import type { ScalarRef, Scope, Seat, Step } from "./builder.ts";
import type { KernelStep } from "./kernel-node.ts";
import type { Actor, StepContext } from "./node.ts";
import type { Program } from "./program.ts";
import { stateMismatch } from "./state.ts";

/** What scalars are computed from: the numbers in the state, before the step. */
export type Numbers = Readonly<Record<string, number>>;

type HostScalar = number | ((state: Numbers, extra: StepContext["extra"]) => number);

/** A field of the state that moves on by itself, and what it is after a step. */
export type Moving = readonly [name: string, next: (value: never) => unknown];

/** A scalar of a kernel: a number, a function of the state, or the reduction or per-leaf value of that name. */
export type Scalar = HostScalar | { readonly reduced: string };

/** What host code between kernels can see and set. */
export interface Computation {
  readonly program: Program;
  readonly scope: Scope;
  /** Arguments of this update beyond gradients, state and parameters. */
  readonly extra: StepContext["extra"];
  /** The result of a reduction over the tree, or over one leaf. */
  reduced(name: string, leaf?: number): number;
  /** Sets what kernels find under a name for one leaf. */
  assign(name: string, leaf: number, value: number): void;
  /** A `perLeaf` field made anew from its values and their leaves. */
  perLeaf<T>(field: string, next: (value: T, leaf: number) => T): unknown;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const isHostScalar = (entry: [string, Scalar]): entry is [string, HostScalar] => typeof entry[1] !== "object";

const mapPerLeaf = <T>(
  tree: unknown,
  { leaves }: Scope,
  field: string,
  next: (value: T, leaf: number) => T,
): unknown => {
  const { leaves: values, def } = flatten<T>(tree, field, (node) => typeof node !== "object");
  if (values.length !== leaves.length) throw stateMismatch(field, `one value for each of ${leaves.length} leaves`);
  return unflatten(def, (i) => next(values[i] as T, leaves[i] as number));
};

/** Kernels that run in one go: their scalars are known before the first of them starts. */
export class KernelSegment implements Actor {
  readonly signature: string;
  readonly #name: string;
  readonly #steps: readonly KernelStep[];
  readonly #moving: readonly Moving[];
  readonly #scalars: readonly [string, HostScalar][];
  readonly #compute: ((state: never, on: Computation) => object) | undefined;

  constructor(name: string, fields: string, steps: readonly KernelStep[], moving: readonly Moving[]) {
    this.#name = name;
    this.#steps = steps;
    this.#moving = moving;
    this.#scalars = steps
      .flatMap((step) => Object.entries("scalars" in step ? (step.scalars ?? {}) : {}))
      .filter(isHostScalar);
    const last = steps.at(-1);
    this.#compute = last && "compute" in last ? last.compute : undefined;
    const keys = (key: string, value: unknown) => (key === "scalars" ? Object.keys(value as object) : value);
    this.signature = `${fields}${JSON.stringify(steps, keys)}`;
  }

  /** Adds the kernels to the plan. Returns the seat. */
  lower(scope: Scope, slots: ReadonlyMap<string, number>, registers: Map<string, number>): number {
    let next = scope.builder.scalars;
    const seat = scope.seat(this, this.#scalars.length, registers);
    const registerOf = (name: string): number => {
      const register = registers.get(name) ?? scope.register();
      registers.set(name, register);
      return register;
    };
    const refer = (scalars: Readonly<Record<string, Scalar>> = {}): Record<string, ScalarRef> =>
      Object.fromEntries(
        Object.entries(scalars).map(([name, scalar]) => [
          snakeCase(name),
          typeof scalar === "object" ? { register: registerOf(scalar.reduced) } : next++,
        ]),
      );
    const taken = (names: readonly string[] = [...slots.keys()]): Record<string, number> =>
      Object.fromEntries(names.map((name) => [snakeCase(name), slots.get(name) as number]));
    const place = (step: Exclude<KernelStep, { compute: unknown }>): Step => {
      if ("reduce" in step) return { reduce: step.reduce, scope: step.scope, into: registerOf(step.as) };
      return { ...step, slots: taken(step.slots), scalars: refer(step.scalars) };
    };
    for (const step of this.#steps) if (!("compute" in step)) scope.step(place(step));
    return seat;
  }

  prepare(state: Numbers, seat: Seat, { program, extra }: StepContext): void {
    const out = program.scalars;
    for (let i = 0; i < this.#scalars.length; i++) {
      const [name, scalar] = this.#scalars[i] as [string, HostScalar];
      const value = typeof scalar === "number" ? scalar : scalar(state, extra);
      if (!Number.isFinite(value) && typeof scalar === "function") this.#refuse(name, value, state);
      out[seat.firstScalar + i] = value;
    }
  }

  run(state: object, { registers }: Seat, scope: Scope, { program, extra }: StepContext): object {
    const changes = this.#compute?.(state as never, {
      program,
      scope,
      extra,
      reduced: (name, leaf) =>
        program.register(registers.get(name) as number, leaf ?? (scope.leaves[0] as number)),
      assign: (name, leaf, value) => program.setRegister(registers.get(name) as number, leaf, value),
      perLeaf: (field, next) => mapPerLeaf((state as Record<string, unknown>)[field], scope, field, next),
    });
    return { ...state, ...changes };
  }

  choose(): number {
    return 0;
  }

  commit(state: Record<string, unknown>): void {
    for (const [name, next] of this.#moving) state[name] = next(state[name] as never);
  }

  #refuse(name: string, value: number, state: Numbers): never {
    const step = this.#moving.map(([field]) => ` at ${field} ${state[field]}`).join();
    throw new GradloomError("INVALID_HYPERPARAMETER", `came out as ${value}${step}.`, {
      path: `${this.#name}.${name}`,
      remedy: "A schedule must return a finite number for every step.",
    });
  }
}
