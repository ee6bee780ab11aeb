import { asNode } from "../kernels/as-node.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { count, host, kernels, scratch, slot } from "../kernels/kernels.ts";
import { type OptionsOf, parse, real } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation, ParamsLike } from "../plan/transformation.ts";
import { wholePower } from "../portable/whole-power.ts";

/** The tuned scales, one for each of several memory lengths, and the initial parameters. */
export interface MechanicState<S> {
  readonly baseOptimizerState: S;
  readonly count: number;
  /** The gain of each scale. */
  readonly r: Float64Array;
  /** The greatest gain of a step so far. */
  readonly m: Float64Array;
  /** The sum of squared gains. */
  readonly v: Float64Array;
  /** The scales; the updates are multiplied by their sum. */
  readonly s: Float64Array;
  /** The parameters at the first step. */
  readonly x0: ParamsLike;
}

type Tuning = Pick<MechanicState<unknown>, "r" | "m" | "v" | "s">;

const OPTIONS = {
  /** Strength of the weight decay, in units of the norms of gradient and parameters. */
  weightDecay: real(0.01),
  /** Keeps quotients finite; greater than 0. */
  eps: real(1e-8, { above: 0 }),
  /** The initial value of each scale; greater than 0. */
  sInit: real(1e-6, { above: 0 }),
  /** The number of memory lengths: the i-th forgets at the rate 1 - 0.1^i. */
  numBetas: real(6, { min: 1, integer: true }),
};

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

const tune = ({ r, m, v, s }: Tuning, h: number, sInit: number, eps: number): Tuning => {
  const next = { r: r.slice(), m: m.slice(), v: v.slice(), s: s.slice() };
  s.forEach((scale, i) => {
    const beta = 1 - wholePower(0.1, i + 1);
    const [gain, most, squares] = [r[i] as number, m[i] as number, v[i] as number];
    const clipped = Math.min(Math.max(h, -most), most);
    next.m[i] = Math.max(beta * most, Math.abs(h) + eps);
    next.v[i] = beta ** 2 * squares + h ** 2;
    next.r[i] = beta * gain + clipped * scale;
    const wealth = (sInit / s.length) * (next.m[i] as number) + Math.max(0, next.r[i] as number);
    next.s[i] = wealth / (Math.sqrt(next.v[i] as number) + eps);
  });
  return next;
};

/**
 * Tunes the scale of an optimizer's updates while it runs, so that there is no learning rate to choose.
 *
 * The displacement from x0, the parameters at the first step, is the sum of the optimizer's updates times a scale. Scales grow
 * with the inner product h of gradient and displacement: r = beta*r + clip(h, -m, m)*s, v = beta²*v + h², s = (sInit/numBetas*m + max(0, r)) /
 * (sqrt(v) + eps) for each memory length; the scale is the sum of s.
 *
 * @param baseOptimizer - an optimizer with a learning rate of its usual order or greater
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.mechanize(gl.adam(1));
 * @see Cutkosky et al. 2023, https://arxiv.org/abs/2306.00144
 */
export const mechanize = <S>(
  baseOptimizer: GradientTransformation<S>,
  options?: OptionsOf<typeof OPTIONS>,
): Transformation<MechanicState<S>> => {
  const { weightDecay, eps, sInit, numBetas } = parse("mechanize", OPTIONS, options);
  const zeros = () => host(new Float64Array(numBetas));
  const total = (state: object): number => sum((state as Tuning).s);
  const measure = (state: Tuning, on: NumericComputation): Tuning => {
    for (const leaf of on.scope.leaves) on.assign("scale", leaf, total(state) + eps);
    return tune(state, on.reduced("h"), sInit, eps);
  };
  return kernels({
    name: "mechanize",
    type: "MechanicState",
    state: {
      count: count(),
      r: zeros(),
      m: zeros(),
      v: zeros(),
      s: host(new Float64Array(numBetas).fill(sInit)),
      x0: slot({ initial: "params" }),
      grads: scratch(),
    },
    steps: [
      { reduce: "norm", scope: "tree", as: "gradNorm" },
      { reduce: "param_norm", scope: "tree", as: "paramNorm" },
      {
        map: "mechanize_measure",
        slots: ["grads", "x0"],
        scalars: {
          start: (state) => (state.count === 0 ? 1 : 0),
          gradNorm: { reduced: "gradNorm" },
          paramNorm: { reduced: "paramNorm" },
          decay: (state) => weightDecay * total(state),
          eps,
          scale: (state) => total(state) + eps,
        },
      },
      { reduce: "sum", scope: "tree", as: "h" },
      { compute: measure, assigns: ["scale"] },
      { map: "mechanize_resume", slots: ["grads"] },
      { inner: asNode(baseOptimizer, "mechanize.baseOptimizer"), as: "baseOptimizerState" },
      {
        map: "mechanize",
        slots: ["x0"],
        scalars: { scale: { reduced: "scale" }, nextScale: total },
      },
    ],
  });
};
