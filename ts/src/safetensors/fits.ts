import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { describeNode } from "../kernels/describe.ts";
import type { TransformationDescription } from "../plan/description.ts";
import { lower } from "../plan/lowering.ts";
import { cloneHost, HostValue, mapState, OpaqueState, SlotRef, type StateLayout } from "../plan/state.ts";
import { requireForm, stateMismatch } from "../plan/state-form.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { layoutOf, readTree } from "../pytree/layout.ts";
import { typeName } from "../pytree/named.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { compareChains, type OptionDifference } from "./compare-chains.ts";

const REMEDY =
  "Pass the optimizer and the parameters of the run that wrote it, or keep what fits with carryOver(checkpoint, { params, tx }).";

/** Runs a check of a checkpoint; its errors say what to do about it. */
const checking = <T>(body: () => T): T => {
  try {
    return body();
  } catch (error) {
    throw error instanceof GradloomError ? GradloomError.with(error, { remedy: REMEDY }) : error;
  }
};

/** Throws where a part of a state has another type than its transformation makes. */
const requireTypes = (layout: StateLayout, state: unknown, path: string): void => {
  const [expected, found] = [typeName(layout), typeName(state)];
  if (expected !== undefined && found !== undefined && expected !== found) {
    throw stateMismatch(path, `the state ${expected}, not ${found}`);
  }
  if (layout instanceof SlotRef || layout instanceof HostValue || layout instanceof OpaqueState) return;
  for (const [key, child] of Object.entries(layout) as [string, StateLayout][]) {
    const inside =
      Array.isArray(state) || isPlainObject(state) ? (state as Record<string, unknown>)[key] : undefined;
    requireTypes(child, inside, join(path, Array.isArray(layout) ? Number(key) : key));
  }
};

/** Throws where a state is not one of a transformation for some parameters. Nothing is copied or allocated. */
const requireState = (tx: GradientTransformation, params: unknown, optState: unknown): void => {
  const layout = layoutOf(params, "params");
  const { state } = lower(asNode(tx, "tx"), layout, params);
  const arrays = readTree(layout, params, "params");
  requireTypes(state, optState, "optState");
  mapState(state, optState, "optState", {
    slot: (ref, value, path) => readTree(ref.layout, value, path),
    host: cloneHost,
    opaque: (ref, value, path) => {
      if (ref.keepsForm) requireForm(ref.init(arrays), value, path);
    },
  });
};

/** Throws where parameters have not the structure, shapes and dtypes of others. */
export const requireParams = (expected: unknown, found: unknown): void =>
  checking(() => {
    readTree(layoutOf(expected, "params"), found, "params");
  });

/** The parts of a checkpoint that an optimizer must fit. */
interface Saved {
  readonly params: unknown;
  readonly optState: unknown;
  readonly chain: TransformationDescription | null;
}

/** Checks a checkpoint against the optimizer that is to resume from it. Returns the options that differ. */
export const requireOptimizer = (
  tx: GradientTransformation,
  { params, optState, chain }: Saved,
): readonly OptionDifference[] => {
  const given = describeNode(asNode(tx, "tx"));
  const differences = chain ? compareChains(chain, given) : [];
  checking(() => requireState(tx, params, optState));
  return differences;
};
