import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { CompositeNode, gradientsOf, gradientsOfAny } from "../kernels/composite-node.ts";
import { type OptionsOf, parse } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import type { StateLayout } from "../plan/state.ts";
import type { GradientTransformation, StateOf } from "../plan/transformation.ts";
import { allLeaves } from "../pytree/layout.ts";
import { named } from "../pytree/named.ts";
import type { Broadcast, PrefixKind } from "../pytree/prefix.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { fromNode } from "../run/pure.ts";
import { MASK_OPTIONS, type MaskedState, maskedState } from "./masked.ts";
import { checkPrefixArgument, narrowTo, spreadPrefixArgument } from "./prefix-argument.ts";

/** A transformation for each label. */
export type LabelledTransformations = Readonly<Record<string, GradientTransformation>>;

/** The state of `partition`: one state per label, in which the leaves of other labels are `MaskedNode`. */
export interface PartitionState<T extends LabelledTransformations> {
  readonly innerStates: { readonly [K in keyof T]: MaskedState<StateOf<T[K]>> };
}

/** A tree whose leaves are labels; a label at an inner node holds for everything below it. */
export type Labels<L extends string> = L | readonly Labels<L>[] | { readonly [key: string]: Labels<L> };

const LABELS: PrefixKind<string | number> = {
  is: (value) => typeof value === "string" || typeof value === "number",
  masked: null,
  code: "UNKNOWN_LABEL",
  noun: "A tree of labels",
};

const checkTransforms = (owner: string, transforms: unknown): void => {
  if (isPlainObject(transforms)) return;
  throw new GradloomError("INVALID_HYPERPARAMETER", "expected an object of transformations.", {
    path: `${owner}.transforms`,
    remedy: `Write ${owner}({ train: sgd(0.1), freeze: setToZero() }, labels).`,
  });
};

const evaluateLabels = (
  owner: string,
  labels: unknown,
  known: readonly string[],
  { target }: Scope,
): Broadcast<string> => {
  const { values, places } = spreadPrefixArgument(labels, target, `${owner}.paramLabels`, LABELS);
  values.map(String).forEach((label, i) => {
    if (known.includes(label)) return;
    throw new GradloomError("UNKNOWN_LABEL", `${owner} has no transformation ${JSON.stringify(label)}.`, {
      path: `params.${allLeaves(target.layout)[i]?.path}`,
      remedy: `The labels are ${known.join(", ")}.`,
    });
  });
  return { values: values.map(String), places: places.map(([node, label]) => [node, String(label)]) };
};

/** The type of `partition` and of `multiTransform`, its older name. */
export type Partition = <const T extends LabelledTransformations>(
  transforms: T,
  // biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
  paramLabels: Labels<keyof T & string> | ((params: any) => Labels<keyof T & string>),
  options?: OptionsOf<typeof MASK_OPTIONS>,
) => Transformation<PartitionState<T>>;

const partitionCalled =
  (owner: string): Partition =>
  (transforms, paramLabels, options) => {
    const { maskCompatibleExtraArgs } = parse(owner, MASK_OPTIONS, options);
    checkTransforms(owner, transforms);
    checkPrefixArgument(paramLabels, `${owner}.paramLabels`, LABELS);
    const known = Object.keys(transforms);
    const labelled = new WeakMap<Scope, Broadcast<string>>();
    const labelsOf = (scope: Scope): Broadcast<string> => {
      const labels = labelled.get(scope) ?? evaluateLabels(owner, paramLabels, known, scope);
      labelled.set(scope, labels);
      return labels;
    };
    const members = Object.entries(transforms).map(
      ([label, tx]) => [label, asNode(tx, join(`${owner}.transforms`, label))] as const,
    );
    const taken = () => gradientsOfAny(members.map(([, node]) => node));
    return fromNode(
      new CompositeNode(
        members.map(([label, node]) => ({
          node,
          scope: (whole) => {
            const part = whole.at("innerStates", label, "innerState");
            const seen = gradientsOf(node).length > 0 ? part : part.part(taken());
            return narrowTo(seen, labelsOf(whole), label, maskCompatibleExtraArgs || undefined);
          },
        })),
        (states) =>
          named("PartitionState", {
            innerStates: Object.fromEntries(
              known.map((label, i) => [label, maskedState(states[i] as StateLayout)]),
            ),
          }),
      ),
    );
  };

/**
 * Applies to each leaf the transformation that its label names.
 *
 * @param transforms - one transformation per label; use `setToZero()` for leaves that stay as they are
 * @param paramLabels - the leaves' labels: a tree like the parameters, a prefix of one, or a function that makes one
 * @throws GradloomError `INVALID_HYPERPARAMETER` where a value is not a transformation, `UNKNOWN_LABEL` at `init` where a label has no transformation
 * @example
 * const tx = gl.partition(
 *   { train: gl.sgd(0.1), freeze: gl.setToZero() },
 *   { encoder: "freeze", head: "train" },
 * );
 * const params = { encoder: { w: new Float32Array([1]) }, head: { w: new Float32Array([1]) } };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.encoder.w[0], updates.head.w[0].toFixed(1)); // 0 -0.1
 */
export const partition: Partition = partitionCalled("partition");

/**
 * The older name of `partition`.
 *
 * @example
 * const tx = gl.multiTransform({ fast: gl.sgd(1), slow: gl.sgd(0.1) }, { head: "fast", body: "slow" });
 * const params = { head: new Float32Array([1]), body: new Float32Array([1]) };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.head[0], updates.body[0].toFixed(1)); // -1 -0.1
 */
export const multiTransform: Partition = partitionCalled("multiTransform");
