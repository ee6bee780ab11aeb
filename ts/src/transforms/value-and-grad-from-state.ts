import { GradloomError } from "../error.ts";
import { layoutOf } from "../pytree/layout.ts";
import { leavesAlong } from "../pytree/leaves-along.ts";
import { copy } from "../tree/copy.ts";
import { getAllWithPath } from "../tree/state.ts";

/** Returns value and gradient of the only line search in a state, NaN and null without one. Parameters may be called `value` too, so only numbers count. */
const lastFound = (state: unknown): [value: number, grad: unknown] => {
  const found = getAllWithPath(state, "value", { filtering: (_, value) => typeof value === "number" });
  const grads = new Map(
    getAllWithPath(state, "grad").map(([path, grad]) => [path.slice(0, -1).join("."), grad]),
  );
  const pairs = found.map(([path, value]) => [
    value as number,
    grads.get(path.slice(0, -1).join(".")) ?? null,
  ]);
  return pairs.length === 1 ? (pairs[0] as [number, unknown]) : [Number.NaN, null];
};

/**
 * Makes a function like `valueAndGradFn` that takes objective and gradient from the state, where the last line search has stored
 * them, so that they are not computed again. The objective must be the same at every step.
 *
 * It calls `valueAndGradFn` with the parameters and all further arguments, and returns its result, which may be a promise: before
 * the first step, where the stored value is not finite, and where the stored gradient lacks leaves, because the line search is
 * inside `masked` or `partition` (Optax fails there).
 *
 * @param valueAndGradFn - a function of the parameters that returns [objective, gradient]
 * @throws GradloomError `INVALID_STATE` where the state has no value and gradient, or several
 * @example
 * const valueAndGrad = gl.valueAndGradFromState(({ w }) => [w[0] ** 2, { w: new Float32Array([2 * w[0]]) }]);
 * const tx = gl.lbfgs();
 * const params = { w: new Float32Array([3]) };
 * const [value, grad] = valueAndGrad(params, tx.init(params));
 * console.log(value, grad.w[0]); // 9 6
 */
export const valueAndGradFromState =
  <P, A extends unknown[], R extends readonly [number, P] | Promise<readonly [number, P]>>(
    valueAndGradFn: (params: P, ...fnArgs: A) => R,
  ): ((params: P, state: unknown, ...fnArgs: A) => R | readonly [number, P]) =>
  (params, state, ...fnArgs) => {
    const [value, grad] = lastFound(state);
    if (grad === null) {
      throw new GradloomError("INVALID_STATE", "expected one value and gradient in the state.", {
        path: "valueAndGradFromState.state",
        remedy:
          "Use lbfgs, scaleByZoomLinesearch, or scaleByBacktrackingLinesearch with { storeGrad: true }.",
      });
    }
    const isComplete = Number.isFinite(value) && leavesAlong(layoutOf(params, "params"), grad) !== null;
    return isComplete ? [value, copy(grad as P)] : valueAndGradFn(params, ...fnArgs);
  };
