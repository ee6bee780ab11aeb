import { define } from "../define.ts";
import type { KernelStep } from "../kernels/kernel-spec.ts";
import type { AlongAxes, HostScalar, LeafwiseStep } from "../kernels/kernel-step.ts";
import { count, host, kernels, scratch, slot } from "../kernels/kernels.ts";
import { decay, dtype, flag, maybe, oneOf, real, unchecked } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { debias } from "../transforms/moments.ts";
import {
  MuonDimensionNumbers,
  type MuonDimensionNumbersTree,
  matrixAxes,
  muonDimensions,
} from "./dimension-numbers.ts";
import { coefficientAt, nsCoeffs, stepCount, toArray } from "./newton-schulz-coefficients.ts";

/** Steps so far, the momentum, and the coefficients of the Newton-Schulz steps: three, or three for each step. */
export interface MuonState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nsCoeffs: Leaf;
}

/** The options that `scaleByMuon` and `muon` share. */
export const MUON_OPTIONS = {
  /** The number of Newton-Schulz steps; if each step has its own triple of coefficients, at least the number of triples. */
  nsSteps: real(5, { min: 0, integer: true }),
  /** Decay of the momentum, in [0, 1]. */
  beta: decay(0.95),
  /** Added to norms; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** Storage of the momentum, by default that of the parameters. */
  muDtype: maybe(dtype),
  /** Nesterov's look-ahead. */
  nesterov: flag(true),
  /** Whether the result is scaled by its inner product with the momentum. */
  adaptive: flag(false),
  /** The method that brings the matrix into the range where the steps converge. */
  preconditioning: oneOf(["frobenius", "spectral", "aol", "schatten"], "frobenius"),
};

/** The kernels before the Newton-Schulz steps, and the kernel of the first step. */
const PRECONDITIONING = {
  frobenius: [["normalize_by_frobenius"], "newton_schulz"],
  spectral: [["normalize_by_spectral"], "newton_schulz"],
  aol: [[], "newton_schulz_aol"],
  schatten: [[], "newton_schulz_schatten"],
} as const;

/**
 * Replaces the matrices of the momentum by orthogonal ones near them.
 *
 * m = beta*m + (1-beta)*u; X = m/(1-beta^t), or with `nesterov` beta*m/(1-beta^(t+1)) + (1-beta)*u/(1-beta^t); X = X/(norm(X) + eps); then
 * `nsSteps` times X = a*X + (b*A + c*A²)*X with A = X*Xᵀ. `spectral` divides by the largest singular value, which takes long; `aol` and
 * `schatten` rescale A in the first step instead. With `adaptive` the result is X * sum(m*X). Leaves of two axes are matrices as they are;
 * larger ones need dimension numbers.
 *
 * @throws GradloomError `INVALID_HYPERPARAMETER` at `init` for leaves that are no matrices
 * @example
 * const tx = gl.chain(gl.contrib.scaleByMuon({ preconditioning: "aol", nsSteps: 4 }), gl.scale(-0.02));
 * const state = tx.init({ kernel: gl.tensor(new Float32Array(6), [2, 3]) });
 * console.log(state[0].count); // 0
 * @see Jordan 2024, https://kellerjordan.github.io/posts/muon; Bernstein et al. 2024, https://arxiv.org/abs/2409.20325;
 * Boissin et al. 2025, https://arxiv.org/abs/2512.04632
 */
export const scaleByMuon = define(
  "scaleByMuon",
  {},
  {
    ...MUON_OPTIONS,
    /** The coefficients a, b, c of all steps, or a triple for each step. */
    nsCoeffs,
    /** The axes of rows and columns; by default every leaf is a matrix of two axes. */
    weightDimensionNumbers: unchecked<MuonDimensionNumbersTree>(null),
  },
  ({ nsSteps, beta, eps, muDtype, nesterov, adaptive, preconditioning, ...options }) => {
    const steps = stepCount(options.nsCoeffs, nsSteps, "scaleByMuon.nsCoeffs");
    const dimensions = muonDimensions(options.weightDimensionNumbers, "scaleByMuon.weightDimensionNumbers");
    const plain = new MuonDimensionNumbers();
    const onMatrices = <Step extends LeafwiseStep>(step: Step): Step & AlongAxes => ({
      ...step,
      slots: [],
      matrices: (leaf, target) => {
        const [spec, numbers] = dimensions(leaf, target);
        return matrixAxes(spec, spec.shape.length === 2 ? plain : numbers);
      },
    });
    const [before, first] = PRECONDITIONING[preconditioning];
    const ahead = debias(beta, 1);
    const bias = debias(beta);
    return kernels<MuonState>({
      name: "scaleByMuon",
      type: "MuonState",
      state: {
        count: count(),
        mu: slot({ dtype: muDtype }),
        nsCoeffs: host(toArray(options.nsCoeffs)),
        ...(adaptive && { momentum: scratch() }),
      },
      steps: [
        {
          map: adaptive ? "muon_momentum_kept" : "muon_momentum",
          scalars: {
            beta,
            oneMinusBeta: 1 - beta,
            momentumFactor: nesterov ? times(beta, ahead) : bias,
            gradientFactor: nesterov ? times(1 - beta, bias) : 0,
          },
        },
        ...before.map((leafwise) => onMatrices({ leafwise, scalars: { eps } })),
        ...Array.from({ length: steps }, (_, i) =>
          onMatrices({
            leafwise: i === 0 ? first : "newton_schulz",
            scalars: { a: coefficientAt(i, 0), b: coefficientAt(i, 1), c: coefficientAt(i, 2) },
          }),
        ),
        ...(adaptive ? ADAPT : []),
      ],
    });
  },
);

const times = (factor: number, scalar: HostScalar): HostScalar =>
  typeof scalar === "number" ? factor * scalar : (...step) => factor * scalar(...step);

const ADAPT: readonly KernelStep[] = [
  { reduce: "dot", slots: { x: "momentum" }, scope: "leaf", as: "dualNorm" },
  { map: "scale", slots: [], scalars: { stepSize: { reduced: "dualNorm" } } },
];
