import type { DType, ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { Steps } from "./asking.ts";
import type { PlanBuilder, Scope, SlotOptions, SlotShape } from "./builder.ts";
import type { Computation, Findings, NumericComputation } from "./computation.ts";
import { KernelSegment, type MatrixAxes, type Moving, type Scalar } from "./kernel-segment.ts";
import type { Actor, Node } from "./node.ts";
import { safeIncrement } from "./safe-increment.ts";
import { HostValue, OpaqueState, PerLeafValues, type StateLayout } from "./state.ts";
import type { ExtraArgs } from "./transformation.ts";

/** A field of a state: a buffer like the parameters, a value on the host, or a tree of such values. */
export type StateField =
  | {
      readonly kind: "slot";
      readonly dtype: DType | undefined;
      readonly initial: number | "params";
      readonly shape: SlotShape | undefined;
      readonly parts: SlotOptions["parts"];
    }
  | { readonly kind: "host"; readonly initial: unknown; readonly next?: (value: never) => unknown }
  | { readonly kind: "perLeaf"; readonly initial: unknown }
  | { readonly kind: "scratch"; readonly shape: SlotFieldOptions["shape"] }
  | { readonly kind: "derived"; readonly from: (params: unknown) => unknown };

/** What can be said of a slot. */
export interface SlotFieldOptions {
  /** Storage, by default that of the parameter. */
  readonly dtype?: DType | null | undefined;
  /** What it holds at first: a number (0 by default), or the parameters. */
  readonly initial?: number | "params";
  /** From a leaf to the shape of what is kept for it, by default the leaf's own. */
  readonly shape?: SlotShape;
  /** From a leaf to the shapes of the arrays that are kept for it, as a list in its place. */
  readonly parts?: NonNullable<SlotOptions["parts"]>;
}

/** A buffer like the parameters, which kernels read and write. */
export const slot = ({ dtype, initial = 0, shape, parts }: SlotFieldOptions = {}): StateField => ({
  kind: "slot",
  dtype: dtype ?? undefined,
  initial,
  shape,
  parts,
});

/** The number of steps so far, from 0; it stays at the largest 32-bit integer when it gets there. */
export const count = (): StateField => host(0, safeIncrement);

/**
 * A number, boolean, or plain object of such, that lives on the host and that a `compute` step may change.
 *
 * @param next - what it is after a step
 */
export const host = (initial: unknown, next?: (value: never) => unknown): StateField => ({
  kind: "host",
  initial,
  ...(next && { next }),
});

/** A tree like the parameters with one such value for each leaf. */
export const perLeaf = (initial: unknown): StateField => ({ kind: "perLeaf", initial });

/** A buffer like the parameters that is no part of the state: what one kernel leaves there another one finds in the same step. */
export const scratch = ({ shape }: Pick<SlotFieldOptions, "shape"> = {}): StateField => ({
  kind: "scratch",
  shape,
});

/** A value of any kind that is made from the parameters, or from their shapes, at first. */
export const derived = (from: (params: unknown) => unknown): StateField => ({ kind: "derived", from });

/** One instruction of a transformation; its names are those of the Rust formula, in camelCase. */
export type KernelStep =
  | {
      readonly map: string;
      /** The leaves it is for, from their shapes; by default all of them. */
      readonly only?: (shape: readonly number[]) => boolean;
      /** The slots it takes; by default all of them. */
      readonly slots?: readonly string[];
      readonly scalars?: Readonly<Record<string, Scalar>>;
    }
  | {
      readonly reduce: string;
      /** The field behind each of the slots it reads. */
      readonly slots?: Readonly<Record<string, string>>;
      readonly scalars?: Readonly<Record<string, Scalar>>;
      readonly scope: "tree" | "leaf";
      readonly as: string;
    }
  | {
      readonly leafwise: string;
      /** The leaves it is for, from their shapes; by default all of them. */
      readonly only?: (shape: readonly number[]) => boolean;
      /** The slots it takes; by default all of them. */
      readonly slots?: readonly string[];
      /** Those that it only reads: a step that fails need not put them back. */
      readonly readOnly?: readonly string[];
      /** Whether it only looks at the updates. */
      readonly keepsUpdates?: boolean;
      readonly scalars?: Readonly<Record<string, Scalar>>;
      /** The axes it works along, from a leaf's shape: increasing, from 0. */
      readonly axes?: (shape: readonly number[]) => readonly number[];
      /** For kernels of matrices, in place of `axes`: the axes of a leaf's rows and columns. */
      readonly matrices?: (leaf: number, builder: PlanBuilder) => MatrixAxes;
    }
  /** A transformation inside this one; its state is the field of that name. */
  | { readonly inner: Node; readonly as: string }
  /** Host code between kernels: from the state and what has been reduced to changes of the state. Later scalars see them. */
  | { readonly compute: (state: never, on: NumericComputation) => object; readonly arrays?: undefined }
  /** The same for code that looks at arrays, or of these at slots alone: it cannot run between kernels on a device. */
  | { readonly compute: (state: never, on: Computation) => object; readonly arrays: true | "slots" }
  /** The same as a generator: it yields calls of the caller's own functions and receives what they return. Sees arrays. */
  | { readonly ask: (state: never, on: Computation) => Steps<object> }
  /** Host code, last in its list, that also chooses what runs next: the index of an arm, or -1 for none. */
  | {
      readonly branch: (state: never, on: NumericComputation) => readonly [arm: number, changes: object];
      readonly arrays?: undefined;
      readonly arms: readonly (readonly KernelStep[])[];
    }
  /** The same for code that looks at arrays. */
  | {
      readonly branch: (state: never, on: Computation) => readonly [arm: number, changes: object];
      readonly arrays: true;
      readonly arms: readonly (readonly KernelStep[])[];
    }
  /** Changes of the state that wait for nothing: kernels need not stop for them, and scalars see the state before them. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined) => object;
      readonly looksBack?: undefined;
    }
  /** The same with a view of what reductions have found: where that lies on a device, the step ends with reading it back. */
  | {
      readonly advance: (state: never, extra: ExtraArgs | undefined, found: Findings) => object;
      readonly looksBack: true;
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

/** What a field is at first is no part of the plan. */
const planned = (key: string, value: unknown): unknown => (key === "initial" ? undefined : value);

const waits = (step: KernelStep): boolean => "compute" in step || "ask" in step || "branch" in step;

/** A transformation that is kernels, and perhaps host code between them and transformations inside it. */
export class KernelNode implements Node {
  readonly #spec: KernelSpec;
  readonly #first: KernelSegment;

  constructor(spec: KernelSpec) {
    this.#spec = spec;
    const fields = Object.entries(spec.state ?? {});
    const moving = fields.flatMap(([name, field]): Moving[] =>
      field.kind === "host" && field.next ? [[name, field.next]] : [],
    );
    this.#first = this.#segment(spec.steps, JSON.stringify(fields, planned), moving);
  }

  actors(): readonly Actor[] {
    return this.#first.actors();
  }

  lower(scope: Scope): StateLayout {
    const { builder } = scope;
    if (this.#spec.params) builder.needsParams ??= this.#spec.name;
    const layout: Record<string, StateLayout> = {};
    const slots = new Map<string, number>();
    for (const [name, field] of Object.entries(this.#spec.state ?? {})) {
      if (field.kind === "slot" || field.kind === "scratch") slots.set(name, builder.slots.length);
      if (field.kind === "slot") layout[name] = scope.slot(field);
      else if (field.kind === "scratch") scope.slot({ initial: 0, shape: field.shape });
      else if (field.kind === "host") layout[name] = new HostValue(field.initial);
      else if (field.kind === "derived") layout[name] = derivedState(scope, field.from);
      else layout[name] = new PerLeafValues(unflatten(scope.layout.def, () => field.initial));
    }
    this.#first.lower({ scope, slots, registers: new Map(), layout });
    return layout;
  }

  /** The kernels up to the first host code, which leads on to the rest or chooses one of its arms. */
  #segment(steps: readonly KernelStep[], fields: string, moving: readonly Moving[] = []): KernelSegment {
    const end = steps.findIndex(waits) + 1 || steps.length;
    const last = steps[end - 1];
    const rest = end < steps.length ? [steps.slice(end)] : [];
    const arms = last && "branch" in last ? last.arms : rest;
    return new KernelSegment(
      { name: this.#spec.name, fields, moving },
      steps.slice(0, end),
      arms.map((arm) => this.#segment(arm, fields)),
    );
  }
}

const derivedState = ({ layout }: Scope, from: (params: unknown) => unknown): OpaqueState =>
  new OpaqueState((params) => from(writeTree(layout, (i) => params[i] as ElementArray)));
