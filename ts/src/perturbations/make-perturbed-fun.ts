import { GradloomError } from "../error.ts";
import { type Field, flag, type OptionsOf, parse, real } from "../options.ts";
import { type Key, rngKey, split } from "../random/key.ts";
import { requireAlike } from "../tree/alike.ts";
import { add, addScale, scale as scaleTree, sub } from "../tree/arithmetic.ts";
import { zerosLike } from "../tree/like.ts";
import { randomLike } from "../tree/random.ts";
import { dot } from "../tree/reductions.ts";
import { Gumbel, type Noise } from "./noise.ts";

const noise: Field<Noise> = {
  default: new Gumbel(),
  check: (value, path) => {
    const { sample, logProb, score } = (value ?? {}) as Partial<Noise>;
    if ([sample, logProb, score].every((method) => typeof method === "function")) return value as Noise;
    throw new GradloomError("INVALID_HYPERPARAMETER", "expected { sample, logProb, score }.", {
      path,
      remedy: "Use new gl.perturbations.Gumbel() or new gl.perturbations.Normal().",
    });
  },
};

const OPTIONS = {
  /** The number of perturbed values that are averaged; at least 1. */
  numSamples: real(1000, { min: 1, integer: true }),
  /** The scale of the perturbations; greater than 0. */
  sigma: real(0.1, { above: 0 }),
  /** The distribution of the perturbations. */
  noise,
  /** Subtract the value at x from the values around it in `vjp`, which reduces its variance. */
  useBaseline: flag(true),
};

/** A function smoothed by perturbations of its input. */
export interface PerturbedFun<X, Y> {
  /** Estimates E[fun(x + sigma * z)]. */
  (key: Key, x: X): Y;
  /**
   * Estimates the gradient of <cotangent, E[fun(x + sigma * z)]> with respect to x, from values of `fun` alone:
   * the mean of -<cotangent, fun(y) - baseline> * score(z) / sigma.
   */
  vjp(key: Key, x: X, cotangent: Y): X;
}

/** Turns a number into a tree of one element. */
const asTree = (value: unknown): unknown => (typeof value === "number" ? Float64Array.of(value) : value);

const fromTree = <Y>(tree: unknown, like: Y): Y =>
  (typeof like === "number" ? (tree as Float64Array)[0] : tree) as Y;

/**
 * Makes a smooth, stochastic function of one that need not be differentiable: the mean of fun(x + sigma * z) over noise z.
 *
 * Takes the noise of Optax for the same key. Where Optax relies on automatic differentiation, there is the method `vjp` here: the
 * gradient by the score function, the same numbers as `jax.vjp` of Optax's function.
 *
 * @param fun - a function of a tree that returns a tree or a number
 * @example
 * const relu = (x: Float32Array) => x.reduce((sum, value) => sum + Math.max(value, 0), 0);
 * const smooth = gl.perturbations.makePerturbedFun(relu, { numSamples: 200, noise: new gl.perturbations.Normal() });
 * const gradient = smooth.vjp(gl.random.key(0), new Float32Array([1, -1]), 1);
 * console.log(gradient[0] > 0.5 && Math.abs(gradient[1]) < 0.5); // true
 * @see Berthet et al. 2020, https://arxiv.org/abs/2002.08676; Foerster et al. 2018, https://arxiv.org/abs/1802.05098
 */
export const makePerturbedFun = <X, Y>(
  fun: (x: X) => Y,
  options?: OptionsOf<typeof OPTIONS>,
): PerturbedFun<X, Y> => {
  const { numSamples, sigma, noise, useBaseline } = parse("perturbations.makePerturbedFun", OPTIONS, options);

  const samples = (key: Key, x: X): X[] => {
    rngKey.check(key, "perturbations.makePerturbedFun.key");
    requireAlike({ x });
    const sampler: Noise["sample"] = (own, drawn) => noise.sample(own, drawn);
    const draw = (own: Key): X => addScale(x, sigma, randomLike(own, x, { sampler }));
    return split(key, { num: numSamples }).map(draw);
  };

  const value = (key: Key, x: X): Y => {
    const values = samples(key, x).map(fun);
    const total = values.map(asTree).reduce((a, b) => add(a, b));
    return fromTree(scaleTree(1 / numSamples, total), values[0] as Y);
  };

  const vjp = (key: Key, x: X, cotangent: Y): X => {
    const out = asTree(cotangent);
    requireAlike({ x });
    const along = (y: X): number => dot({ "fun(x)": asTree(fun(y)), cotangent: out });
    const baseline = useBaseline ? along(x) : 0;
    const total = samples(key, x).reduce((sum, y) => {
      const z = scaleTree(1 / sigma, sub(y, x));
      return addScale(sum, baseline - along(y), noise.score(z));
    }, zerosLike(x));
    return scaleTree(1 / (sigma * numSamples), total);
  };

  return Object.assign(value, { vjp });
};
