import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { CompositeNode, gradientsOf, gradientsOfAny } from "../kernels/composite-node.ts";
import { doYouMean, nearest } from "../nearest.ts";
import { flag, type OptionsOf, parse } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import type { StateLayout } from "../plan/state.ts";
import type { GradientTransformation, StateOf } from "../plan/transformation.ts";
import { allLeaves, type Layout, pathIn } from "../pytree/layout.ts";
import { named } from "../pytree/named.ts";
import type { Broadcast, PrefixKind } from "../pytree/prefix.ts";
import { isPlainObject, join, type TreeDef } from "../pytree/tree-def.ts";
import { fromNode } from "../run/pure.ts";
import { show } from "../show.ts";
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

const OPTIONS = {
  ...MASK_OPTIONS,
  /** Whether a function that labels leaf by leaf may leave a transformation unused; by default that is an error, as a mistyped name is likely. */
  allowUnused: flag(false),
};

/** The options of `partition`. */
export type PartitionOptions = OptionsOf<typeof OPTIONS>;

const checkTransforms = (owner: string, transforms: unknown): void => {
  if (isPlainObject(transforms)) return;
  throw new GradloomError(
    "INVALID_HYPERPARAMETER",
    `expected an object of transformations, got ${show(transforms)}.`,
    {
      path: `${owner}.transforms`,
      remedy: `Write ${owner}({ train: sgd(0.1), freeze: setToZero() }, labels).`,
    },
  );
};

/** Returns whether parts of a tree are null or masked. */
const hasGaps = (def: TreeDef): boolean =>
  def.kind === "empty" || (def.kind !== "leaf" && def.children.some(hasGaps));

const refuseUnused = (owner: string, unused: string, layout: Layout): never => {
  const paths = allLeaves(layout).map(({ path }) => path);
  throw new GradloomError("UNKNOWN_LABEL", "the function labels no leaf with this name.", {
    path: join(`${owner}.transforms`, unused),
    remedy: `The nearest paths are ${nearest(unused, paths, { most: 5, inside: true }).join(", ")}. Pass { allowUnused: true } to allow that.`,
  });
};

const evaluateLabels = (
  owner: string,
  given: unknown,
  known: readonly string[],
  { target }: Scope,
  allowUnused: boolean,
): Broadcast<string> => {
  const { layout } = target;
  const { values, places } = spreadPrefixArgument(given, target, `${owner}.paramLabels`, LABELS);
  const perLeaf = values.map(String);
  perLeaf.forEach((label, i) => {
    if (known.includes(label)) return;
    throw new GradloomError("UNKNOWN_LABEL", `${owner} has no transformation ${JSON.stringify(label)}.`, {
      path: pathIn("params", allLeaves(layout)[i]?.path as string),
      remedy: `${doYouMean(label, known)}The labels are ${known.join(", ")}.`,
    });
  });
  const unused = known.find((label) => !perLeaf.includes(label));
  const labelsEachLeaf = perLeaf.length > 0 && places.every(([{ kind }]) => kind === "leaf");
  const isPattern = typeof given === "function" && labelsEachLeaf && !hasGaps(layout.def);
  if (unused !== undefined && isPattern && !allowUnused) refuseUnused(owner, unused, layout);
  return { values: perLeaf, places: places.map(([node, label]) => [node, String(label)]) };
};

/** The type of `partition` and of `multiTransform`, its older name. */
export type Partition = <const T extends LabelledTransformations>(
  transforms: T,
  // biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
  paramLabels: Labels<keyof T & string> | ((params: any) => Labels<keyof T & string>),
  options?: PartitionOptions,
) => Transformation<PartitionState<T>>;

const partitionCalled =
  (owner: string): Partition =>
  (transforms, paramLabels, options) => {
    const { maskCompatibleExtraArgs, allowUnused } = parse(owner, OPTIONS, options);
    checkTransforms(owner, transforms);
    checkPrefixArgument(paramLabels, `${owner}.paramLabels`, LABELS);
    const known = Object.keys(transforms);
    const labelled = new WeakMap<Scope, Broadcast<string>>();
    const labelsOf = (scope: Scope): Broadcast<string> => {
      const labels = labelled.get(scope) ?? evaluateLabels(owner, paramLabels, known, scope, allowUnused);
      labelled.set(scope, labels);
      return labels;
    };
    const members = Object.entries(transforms).map(
      ([label, tx]) => [label, asNode(tx, join(`${owner}.transforms`, label))] as const,
    );
    const taken = () => gradientsOfAny(members.map(([, node]) => node));
    return fromNode(
      new CompositeNode(
        owner,
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
 * @throws GradloomError `INVALID_HYPERPARAMETER` where a value is not a transformation, `UNKNOWN_LABEL` at `init` where a label has no
 *   transformation, or a function that labels leaf by leaf uses a transformation nowhere. (Trees of labels, and functions that
 *   return a prefix, may leave some unused, as in Optax. So may any function where parts of the tree are null or masked)
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
