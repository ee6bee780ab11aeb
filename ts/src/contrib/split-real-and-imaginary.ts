import { asNode } from "../kernels/as-node.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

/** The state of the transformation inside, in which a complex leaf is `{ real, imaginary }`. */
export interface SplitRealAndImaginaryState<S> {
  readonly innerState: S;
}

/**
 * Treats the real and the imaginary part of complex parameters as independent real parameters.
 *
 * There is no typed array of complex numbers: a complex leaf is a pair `{ real, imaginary }` of arrays, which every
 * transformation treats as two leaves. So this one only adds the state that it has in Optax.
 *
 * @param inner - the transformation
 * @example
 * const tx = gl.contrib.splitRealAndImaginary(gl.sgd(1));
 * const params = { w: { real: new Float32Array([1]), imaginary: new Float32Array([2]) } };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.w.real[0], updates.w.imaginary[0]); // -1 -2
 */
export const splitRealAndImaginary = <S>(
  inner: GradientTransformation<S>,
): Transformation<SplitRealAndImaginaryState<S>> =>
  kernels({
    name: "splitRealAndImaginary",
    type: "SplitRealAndImaginaryState",
    steps: [{ inner: asNode(inner, "splitRealAndImaginary.inner"), as: "innerState" }],
  });
