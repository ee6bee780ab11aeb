import { flag, type OptionsOf, parse } from "../options.ts";
import { asNode } from "../plan/as-node.ts";
import type { Scope } from "../plan/builder.ts";
import { CompositeNode } from "../plan/composite-node.ts";
import type { Node, Transformation } from "../plan/node.ts";
import { fromNode } from "../plan/pure.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { PLACEHOLDER } from "../pytree/placeholder.ts";
import { broadcastPrefix, type PrefixKind } from "../pytree/prefix.ts";

/**
 * Which leaves a transformation applies to: a tree of booleans like the parameters, a prefix of such a tree, or a function
 * of the parameters that returns one. A function is evaluated once for each structure of parameters it is used with.
 */
// biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
export type Mask = boolean | object | ((params: any) => unknown);

/** The state of `masked`; leaves that the mask hides are `MaskedNode` in it. */
export interface MaskedState<S> {
  readonly innerState: S;
}

const BOOLEANS: PrefixKind<boolean> = {
  is: (value) => typeof value === "boolean",
  masked: false,
  code: "INVALID_MASK",
  noun: "A mask of true and false",
};

/** The options of `masked` and `partition`. */
export const MASK_OPTIONS = {
  /** Hide the same leaves in extra arguments that have the structure of the parameters. */
  maskCompatibleExtraArgs: flag(false),
};

/** Evaluates a mask on the whole tree that a plan is made for. */
export const evaluateMask = (mask: Mask, scope: Scope, path: string): boolean[] => {
  const { layout, tree } = scope.builder;
  if (tree === PLACEHOLDER) return [true];
  const values = typeof mask === "function" ? (mask as (params: unknown) => unknown)(tree) : mask;
  return broadcastPrefix(values, layout.def, path, BOOLEANS);
};

/** The node of a transformation that applies to some leaves. */
export const maskedNode = (inner: Node, mask: Mask, path: string, masksExtra?: boolean): Node =>
  new CompositeNode(
    [
      {
        node: inner,
        scope: (whole) => {
          const shown = evaluateMask(mask, whole, path);
          return whole.at("innerState").narrow((leaf) => shown[leaf] as boolean, masksExtra);
        },
      },
    ],
    ([innerState]) => ({ innerState: innerState as NonNullable<typeof innerState> }),
  );

/**
 * Applies a transformation to some leaves only; the others pass through unchanged, they are not set to zero.
 *
 * Masks speak of the full tree, also inside another `masked`.
 *
 * @param inner - the transformation
 * @param mask - true where it applies: a tree like the parameters, a prefix of one, or a function that makes one
 * @throws GradloomError `INVALID_MASK` at `init` where the mask does not fit the parameters
 * @example
 * const tx = gl.masked(gl.scale(0), { kernel: true, bias: false });
 * const params = { kernel: new Float32Array([1]), bias: new Float32Array([2]) };
 * const [updates] = tx.update(params, tx.init(params));
 * console.log(updates.kernel[0], updates.bias[0]); // 0 2
 */
export const masked = <S>(
  inner: GradientTransformation<S>,
  mask: Mask,
  options?: OptionsOf<typeof MASK_OPTIONS>,
): Transformation<MaskedState<S>> => {
  const { maskCompatibleExtraArgs } = parse("masked", MASK_OPTIONS, options);
  const node = asNode(inner, "masked.inner");
  return fromNode(maskedNode(node, mask, "mask", maskCompatibleExtraArgs || undefined));
};
