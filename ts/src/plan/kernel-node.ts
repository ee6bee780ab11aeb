import type { DType } from "../pytree/dtype.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import type { Scope } from "./builder.ts";
import { type Computation, KernelSegment, type Scalar } from "./kernel-segment.ts";
import type { Actor, Node } from "./node.ts";
import { HostValue, type StateLayout } from "./state.ts";

/** A field of a state: a buffer like the parameters, a count of steps, or a value on the host. */
export type StateField =
  | {
      readonly kind: "slot";
      readonly dtype: DType | undefined;
      readonly initial: number | "params";
      readonly shape: ((leaf: LeafSpec) => readonly number[]) | undefined;
    }
  | { readonly kind: "count" }
  | { readonly kind: "host"; readonly initial: unknown };

/** What can be said of a slot. */
export interface SlotFieldOptions {
  /** Storage, by default that of the parameter. */
  readonly dtype?: DType | null | undefined;
  /** What it holds at first: a number (0 by default), or the parameters. */
  readonly initial?: number | "params";
  /** From a leaf to the shape of what is kept for it, by default the leaf's own. */
  readonly shape?: (leaf: LeafSpec) => readonly number[];
}

/** A buffer like the parameters, which kernels read and write. */
export const slot = ({ dtype, initial = 0, shape }: SlotFieldOptions = {}): StateField => ({
  kind: "slot",
  dtype: dtype ?? undefined,
  initial,
  shape,
});

/** The number of steps so far, from 0; it stays at the largest 32-bit integer when it gets there. */
export const count = (): StateField => ({ kind: "count" });

/** A number, boolean, or plain object of such, that lives on the host and that a `compute` step may change. */
export const host = (initial: unknown): StateField => ({ kind: "host", initial });

/** One instruction of a transformation; its names are those of the Rust formula, in camelCase. */
export type KernelStep =
  | {
      readonly map: string;
      /** The slots it takes; by default all of them. */
      readonly slots?: readonly string[];
      readonly scalars?: Readonly<Record<string, Scalar>>;
    }
  | { readonly reduce: string; readonly scope: "tree" | "leaf"; readonly as: string }
  | {
      readonly leafwise: string;
      readonly slots?: readonly string[];
      readonly scalars?: Readonly<Record<string, Scalar>>;
      readonly axes?: readonly number[];
    }
  /** Host code between kernels: from the state and what has been reduced to changes of the state. Later scalars see them. */
  | { readonly compute: (state: never, on: Computation) => object };

/** A transformation as its kernels, its state and its scalars. */
export interface KernelSpec {
  /** Its public name, for errors. */
  readonly name: string;
  readonly state?: Readonly<Record<string, StateField>>;
  readonly steps: readonly KernelStep[];
  /** Whether a step reads the parameters. */
  readonly params?: boolean;
}

const split = (steps: readonly KernelStep[]): KernelStep[][] => {
  const segments: KernelStep[][] = [[]];
  for (const step of steps) {
    (segments.at(-1) as KernelStep[]).push(step);
    if ("compute" in step) segments.push([]);
  }
  return segments;
};

/** A transformation that is kernels, and perhaps host code between them. */
export class KernelNode implements Node {
  readonly #spec: KernelSpec;
  readonly #segments: readonly KernelSegment[];

  constructor(spec: KernelSpec) {
    this.#spec = spec;
    const fields = Object.entries(spec.state ?? {});
    const counts = fields.filter(([, field]) => field.kind === "count").map(([name]) => name);
    this.#segments = split(spec.steps).map(
      (steps, i) => new KernelSegment(spec.name, JSON.stringify(fields), steps, i === 0 ? counts : []),
    );
  }

  actors(): readonly Actor[] {
    return this.#segments;
  }

  lower(scope: Scope): StateLayout {
    const { builder } = scope;
    if (this.#spec.params) builder.needsParams ??= this.#spec.name;
    const layout: Record<string, StateLayout> = {};
    const slots = new Map<string, number>();
    for (const [name, field] of Object.entries(this.#spec.state ?? {})) {
      if (field.kind === "slot") {
        slots.set(name, builder.slots.length);
        layout[name] = scope.slot(field);
      } else layout[name] = new HostValue(field.kind === "count" ? 0 : field.initial);
    }
    const registers = new Map<string, number>();
    const place = ([segment, ...rest]: readonly KernelSegment[]): void => {
      const seat = segment?.lower(scope, slots, registers);
      if (seat === undefined || rest.length === 0) return;
      scope.interlude(seat, [builder.block(() => place(rest))]);
    };
    place(this.#segments);
    return layout;
  }
}
