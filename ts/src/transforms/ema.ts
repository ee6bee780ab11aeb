import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, dtype, flag, maybe } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias as correction } from "./moments.ts";

/** Steps so far, and the moving average of updates. */
export interface EmaState {
  readonly count: number;
  readonly ema: ParamsLike;
}

/**
 * The exponential moving average of past updates.
 *
 * e = decay*e + (1-decay)*u; the result is e/(1-decay^t), or e without `debias`.
 *
 * @param decay - in [0, 1]
 * @example
 * const tx = gl.ema(0.5, { debias: false });
 * const grads = { w: new Float32Array([1]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w[0]); // 0.5
 */
export const ema = define(
  "ema",
  { decay: decay(0) },
  {
    /** Whether the average is divided by 1-decay^t, so that its first values are not small. */
    debias: flag(true),
    /** Storage of the average, by default that of the parameters. */
    accumulatorDtype: maybe(dtype),
  },
  ({ debias, accumulatorDtype }, rate: number) =>
    kernels<EmaState>({
      name: "ema",
      type: "EmaState",
      state: { count: count(), ema: slot({ dtype: accumulatorDtype }) },
      steps: [
        {
          map: "ema",
          scalars: { decay: rate, oneMinusDecay: 1 - rate, c: debias ? correction(rate) : 1 },
        },
      ],
    }),
);
