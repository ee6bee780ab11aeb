import type { TransformationDescription } from "../plan/description.ts";
import type { Node } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import { HostValue, OpaqueState, PerLeafValues, type StateLayout } from "../plan/state.ts";
import type { StepHooks } from "../plan/step-hooks.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { named } from "../pytree/named.ts";
import { unflatten } from "../pytree/tree-def.ts";
import { gradientsOfAny } from "./composite-node.ts";
import { KernelSegment } from "./kernel-segment.ts";
import type { Advancing, KernelSpec, KernelStep } from "./kernel-spec.ts";

/** Leaves out initial values for `JSON.stringify`: they are no part of the plan. */
const planned = (key: string, value: unknown): unknown => (key === "initial" ? undefined : value);

const innerNodes = (steps: readonly KernelStep[]): Node[] =>
  steps.flatMap((step) =>
    "inner" in step ? [step.inner] : "switch" in step ? step.branches.flatMap(innerNodes) : [],
  );

const waits = (step: KernelStep): boolean => "compute" in step || "ask" in step || "switch" in step;

/** A transformation of kernels, perhaps with host code between them and other transformations inside. */
export class KernelNode implements Node {
  readonly #spec: KernelSpec;
  readonly #first: KernelSegment;

  constructor(spec: KernelSpec) {
    this.#spec = spec;
    const fields = Object.entries(spec.state ?? {});
    const advancing = fields.flatMap(([name, field]): Advancing[] =>
      field.kind === "host" && field.next ? [[name, field.next]] : [],
    );
    this.#first = this.#segment(spec.steps, JSON.stringify(fields, planned), advancing);
  }

  gradientsOf(): readonly string[] {
    return gradientsOfAny(innerNodes(this.#spec.steps));
  }

  hooks(): readonly StepHooks[] {
    return this.#first.hooks();
  }

  describe(of: (inner: Node) => TransformationDescription): TransformationDescription {
    const inner = [...new Set(innerNodes(this.#spec.steps))].map(of);
    return { name: this.#spec.name, options: {}, ...(inner.length > 0 && { inner }) };
  }

  lower(scope: Scope): StateLayout {
    const { builder } = scope;
    const { type } = this.#spec;
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
    return named(type ?? (Object.keys(layout).length === 0 ? "EmptyState" : undefined), layout);
  }

  /** Makes the segment of the kernels up to the first host code; the steps after that code become its branches. */
  #segment(
    steps: readonly KernelStep[],
    fields: string,
    advancing: readonly Advancing[] = [],
  ): KernelSegment {
    const end = steps.findIndex(waits) + 1 || steps.length;
    const last = steps[end - 1];
    const rest = end < steps.length ? [steps.slice(end)] : [];
    const branches = last && "switch" in last ? last.branches : rest;
    return new KernelSegment(
      { name: this.#spec.name, fields, advancing },
      steps.slice(0, end),
      branches.map((branch) => this.#segment(branch, fields)),
    );
  }
}

const derivedState = ({ layout }: Scope, from: (params: unknown) => unknown): OpaqueState =>
  new OpaqueState((params) => from(writeTree(layout, (i) => params[i] as ElementArray)), true);
