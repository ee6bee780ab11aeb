import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { dtype, flag, maybe, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The decaying sum of past updates. */
export interface TraceState {
  readonly trace: ParamsLike;
}

/**
 * A decaying sum of past updates, the momentum of stochastic gradient descent.
 *
 * t = u + decay * t; the result is t, or u + decay * t with Nesterov's look-ahead.
 *
 * @param decay - in [0, 1]; 1 sums without forgetting
 * @example
 * const tx = gl.trace(0.5);
 * const grads = { w: new Float32Array([1]) };
 * const [, state] = tx.update(grads, tx.init(grads));
 * console.log(tx.update(grads, state)[0].w[0]); // 1.5
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning
 */
export const trace = define(
  "trace",
  { decay: real(0, { min: 0, max: 1 }) },
  {
    /** Nesterov's look-ahead. */
    nesterov: flag(false),
    /** Storage of the sum, by default that of the parameters. */
    accumulatorDtype: maybe(dtype),
  },
  ({ nesterov, accumulatorDtype }, rate: number) =>
    kernels<TraceState>({
      name: "trace",
      type: "TraceState",
      state: { trace: slot({ dtype: accumulatorDtype }) },
      steps: [{ map: nesterov ? "trace_nesterov" : "trace", scalars: { decay: rate } }],
    }),
);
