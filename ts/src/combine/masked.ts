import { asNode } from "../kernels/as-node.ts";
import { CompositeNode } from "../kernels/composite-node.ts";
import { flag, type OptionsOf, parse } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { StateLayout } from "../plan/state.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { named } from "../pytree/named.ts";
import { fromNode } from "../run/pure.ts";
import { type Mask, NamedMask } from "./mask.ts";
import { narrowTo } from "./prefix-argument.ts";

/** The state of `masked`; leaves that the mask hides are `MaskedNode` in it. */
export interface MaskedState<S> {
  readonly innerState: S;
}

/** Returns the layout of the state of a transformation behind a mask. */
export const maskedState = (innerState: StateLayout): StateLayout => named("MaskedState", { innerState });

/** The options of `masked` and `partition`. */
export const MASK_OPTIONS = {
  /** Hide the same leaves in extra arguments that have the structure of the parameters. */
  maskCompatibleExtraArgs: flag(false),
};

/**
 * Applies a transformation to some leaves only. **The others are not frozen: their raw gradient passes through as the update**, as in Optax.
 *
 * With an optimizer inside, the parameters that the mask hides so climb by their whole gradient at every step. To keep them as they are,
 * freeze them: `selectiveTransform(adam(0.1), frozen)`, or `chain(masked(adam(0.1), mask), freeze(hidden))`. To train them in another
 * way: `partition({ a: adam(0.1), b: sgd(0.1) }, labels)`. A mask has the structure of the full tree, also inside another `masked`.
 *
 * @param inner - the transformation
 * @param givenMask - true where the transformation applies: a tree like the parameters, a prefix of one, or a function that makes one
 * @throws GradloomError `INVALID_MASK` where the mask is none of these, at `init` where it does not fit the parameters
 * @example
 * const tx = gl.masked(gl.scale(0), { kernel: true, bias: false });
 * const params = { kernel: new Float32Array([1]), bias: new Float32Array([2]) };
 * const [updates] = tx.update(params, tx.init(params));
 * console.log(updates.kernel[0], updates.bias[0]); // 0 2
 *
 * // Adam for the kernel; the bias stays as it is.
 * const frozenBias = gl.selectiveTransform(gl.adam(0.1), { kernel: false, bias: true });
 * console.log(frozenBias.update(params, frozenBias.init(params), params)[0].bias[0]); // 0
 */
export const masked = <S>(
  inner: GradientTransformation<S>,
  givenMask: Mask,
  options?: OptionsOf<typeof MASK_OPTIONS>,
): Transformation<MaskedState<S>> => {
  const { maskCompatibleExtraArgs } = parse("masked", MASK_OPTIONS, options);
  const node = asNode(inner, "masked.inner");
  const mask = NamedMask.of(givenMask, "masked.mask");
  return fromNode(
    new CompositeNode(
      "masked",
      [
        {
          node,
          scope: (whole) => {
            const shown = mask.evaluate(whole.target);
            return narrowTo(whole.at("innerState"), shown, true, maskCompatibleExtraArgs || undefined);
          },
        },
      ],
      ([innerState]) => maskedState(innerState as StateLayout),
    ),
  );
};
