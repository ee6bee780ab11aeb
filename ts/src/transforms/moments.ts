import type { HostScalar } from "../kernels/kernel-step.ts";
import { decay, real } from "../options.ts";
import { wholePower } from "../portable/whole-power.ts";

/**
 * Returns a scalar that corrects the bias of a running average that starts at 0: 1 / (1 - d^t) at step t. For an average that never
 * moves it is infinite at every step, and the result NaN, as in Optax.
 */
export const debias = (rate: number, ahead = 0, count = "count"): HostScalar =>
  rate === 1
    ? Number.POSITIVE_INFINITY
    : (state) => 1 / (1 - wholePower(rate, (state[count] as number) + 1 + ahead));

/** The options that Adam and its relatives share. */
export const MOMENT_OPTIONS = {
  /** Decay of the first moment, in [0, 1]. */
  b1: decay(0.9),
  /** Decay of the second moment, in [0, 1]. */
  b2: decay(0.999),
  /** Added outside the root; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** Added inside the root; at least 0. */
  epsRoot: real(0, { min: 0 }),
};

interface MomentRates {
  readonly b1: number;
  readonly b2: number;
  readonly eps: number;
  readonly epsRoot: number;
}

/** Makes the scalars of Adam and its relatives. */
export const momentScalars = ({ b1, b2, eps, epsRoot }: MomentRates) => ({
  b1,
  oneMinusB1: 1 - b1,
  b2,
  oneMinusB2: 1 - b2,
  c1: debias(b1),
  c2: debias(b2),
  eps,
  epsRoot,
});

/** Makes these scalars for Nesterov's momentum, which is a step ahead. */
export const nesterovScalars = (rates: MomentRates) => ({
  ...momentScalars(rates),
  c1Next: debias(rates.b1, 1),
});
