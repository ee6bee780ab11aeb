// Written by crates/core/tests/it/registry.rs from the registries of kernels.

/** The names of a kernel's slots and scalars. */
export interface Operands<Slots extends string, Scalars extends string> {
  readonly slots: Slots;
  readonly scalars: Scalars;
}

/** Elementwise kernels. */
export interface MapKernels {
  scale: Operands<never, "stepSize">;
  set_to_zero: Operands<never, never>;
  add_decayed_weights: Operands<never, "weightDecay">;
  trace: Operands<"trace", "decay">;
  trace_nesterov: Operands<"trace", "decay">;
  muon_momentum: Operands<"mu", "beta" | "oneMinusBeta" | "momentumFactor" | "gradientFactor">;
  muon_momentum_kept: Operands<"mu" | "momentum", "beta" | "oneMinusBeta" | "momentumFactor" | "gradientFactor">;
  ema: Operands<"ema", "decay" | "oneMinusDecay" | "c">;
  apply_every: Operands<"gradAcc", "keep" | "emit">;
  scale_by_adam: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c2" | "eps" | "epsRoot">;
  scale_by_adam_nesterov: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c1Next" | "c2" | "eps" | "epsRoot">;
  scale_by_amsgrad: Operands<"mu" | "nu" | "nuMax", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c2" | "eps" | "epsRoot">;
  scale_by_adamax: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "c1" | "eps">;
  scale_by_adan: Operands<"m" | "v" | "n" | "g", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "b3" | "oneMinusB3" | "c1" | "c2" | "c3" | "eps" | "epsRoot" | "started">;
  scale_by_belief: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c2" | "eps" | "epsRoot">;
  scale_by_belief_nesterov: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c1Next" | "c2" | "eps" | "epsRoot">;
  scale_by_yogi: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "oneMinusB2" | "c1" | "c2" | "eps" | "epsRoot">;
  scale_by_radam: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c2" | "eps" | "epsRoot" | "rectify">;
  scale_by_radam_nesterov: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c1" | "c1Next" | "c2" | "eps" | "epsRoot" | "rectify">;
  scale_by_rss: Operands<"sumOfSquares", "eps">;
  scale_by_rms: Operands<"nu", "decay" | "oneMinusDecay" | "eps" | "c">;
  scale_by_rms_eps_outside: Operands<"nu", "decay" | "oneMinusDecay" | "eps" | "c">;
  scale_by_stddev: Operands<"mu" | "nu", "decay" | "oneMinusDecay" | "eps" | "c">;
  scale_by_stddev_eps_outside: Operands<"mu" | "nu", "decay" | "oneMinusDecay" | "eps" | "c">;
  scale_by_adadelta: Operands<"eG" | "eX", "rho" | "oneMinusRho" | "eps">;
  scale_by_factors: Operands<"row" | "column", never>;
  scale_by_unfactored_rms: Operands<"v", "decay" | "oneMinusDecay" | "epsilon">;
  scale_by_sm3: Operands<"row" | "column" | "nu", "b1" | "oneMinusB1" | "b2" | "squareFactor" | "eps">;
  scale_by_sign: Operands<never, never>;
  scale_by_lion: Operands<"mu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2">;
  scale_by_lion_smooth: Operands<"mu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "smoothBeta">;
  scale_by_lion_refined: Operands<"mu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2">;
  scale_by_rprop: Operands<"stepSizes" | "prevUpdates", "etaMinus" | "etaPlus" | "minStepSize" | "maxStepSize">;
  scale_by_optimistic_gradient: Operands<"previousGradient", "alphaPlusBeta" | "beta" | "started">;
  scale_by_param_block: Operands<never, "size" | "minScale">;
  scale_by_trust_ratio: Operands<never, "paramNorm" | "updateNorm" | "minNorm" | "trustCoefficient" | "eps">;
  scale_by_novograd: Operands<"mu", "nu" | "b1" | "eps" | "epsRoot" | "weightDecay">;
  scale_by_polyak: Operands<never, "squaredNorm" | "gap" | "eps" | "maxLearningRate">;
  normalize_by_update_norm: Operands<never, "norm" | "eps" | "scaleFactor">;
  scale_by_distance_over_gradients: Operands<never, "maxDist" | "gradSumOfSquares" | "eps" | "globalScale">;
  clip: Operands<never, "maxDelta">;
  clip_by_global_norm: Operands<never, "norm" | "maxNorm">;
  clip_by_block_rms: Operands<never, "rms" | "threshold">;
  zero_nans: Operands<never, never>;
  keep_params_nonnegative: Operands<never, never>;
  scale_by_cocob: Operands<"initParticles" | "cumulativeGradients" | "scale" | "subgradients" | "reward", "alpha">;
  dadapt_adamw: Operands<"expAvg" | "expAvgSq" | "gradSum", "beta1" | "beta2" | "oneMinusBeta2" | "sb2" | "gain" | "sumGain" | "shrink" | "eps">;
  prodigy_averages: Operands<"expAvg" | "expAvgSq" | "gradSum", "beta1" | "oneMinusBeta1" | "beta2" | "oneMinusBeta2" | "beta3" | "estimLr" | "sumGain">;
  prodigy: Operands<"expAvg" | "expAvgSq", "stepSize" | "weightDecay" | "eps">;
  scale_by_madgrad: Operands<"gradSumSq" | "s" | "x0", "lamb" | "momentum" | "oneMinusMomentum" | "eps">;
  momo_average: Operands<"expAvg", "beta" | "oneMinusBeta">;
  momo_adam_average: Operands<"expAvg" | "expAvgSq", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c2" | "eps">;
  momo: Operands<never, "shrink" | "tau">;
  normalize: Operands<never, "norm">;
  scale_by_acprop: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "c2" | "eps" | "epsRoot">;
  scale_by_ademamix: Operands<"m1" | "m2" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "b3" | "oneMinusB3" | "alpha" | "c1" | "c2" | "eps" | "epsRoot">;
  scale_by_simplified_ademamix: Operands<"m" | "n", "b1" | "b2" | "alpha" | "c2" | "eps" | "epsRoot">;
  scale_by_adopt: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "eps" | "clip">;
  scale_by_adopt_nesterov: Operands<"mu" | "nu", "b1" | "oneMinusB1" | "b2" | "oneMinusB2" | "eps" | "clip">;
  scale_by_sophia: Operands<"mu" | "nu" | "kept", "b1" | "oneMinusB1" | "c1" | "gamma" | "eps" | "clip">;
  exchange: Operands<"kept", never>;
  sophia_hessian: Operands<"nu" | "kept", "b2" | "oneMinusB2">;
  apply: Operands<never, never>;
  identity: Operands<never, never>;
  hold_mean: Operands<"accGrads", "n">;
  hold_sum: Operands<"accGrads", never>;
  emit_mean: Operands<"accGrads", "n">;
  emit_sum: Operands<"accGrads", never>;
  lookahead_sync: Operands<"slow", "stepSize" | "rest">;
  sam_return: Operands<"cache", never>;
  schedule_free: Operands<"z", "b1" | "oneMinusB1" | "c" | "oneMinusC">;
  schedule_free_eval: Operands<"z", "b1" | "oneMinusB1">;
  mechanize_measure: Operands<"grads" | "x0", "start" | "gradNorm" | "paramNorm" | "decay" | "eps" | "scale">;
  mechanize_resume: Operands<"grads", never>;
  mechanize: Operands<"x0", "scale" | "nextScale">;
  incremental_update: Operands<never, "stepSize" | "rest">;
}

/** Reductions. */
export interface Reductions {
  sum: Operands<never, never>;
  not_finite: Operands<never, never>;
  norm: Operands<never, never>;
  squared_norm: Operands<never, never>;
  within: Operands<never, "bound">;
  nans: Operands<never, never>;
  rms: Operands<never, never>;
  param_norm: Operands<never, never>;
  param_rms: Operands<never, never>;
  abs_sum: Operands<"x", never>;
  dot: Operands<"x", never>;
  param_dot: Operands<never, never>;
  param_slot_dot: Operands<"x", never>;
  squared_distance: Operands<"from", never>;
  dot_difference: Operands<"from", never>;
  scaled_dot: Operands<"x" | "squares", "eps">;
}

/** Leafwise kernels. */
export interface LeafwiseKernels {
  adaptive_grad_clip: Operands<never, "clipping" | "eps">;
  add_noise: Operands<never, "scale" | "key0High" | "key0Low" | "key1High" | "key1Low" | "index">;
  centralize: Operands<never, never>;
  factored_rms: Operands<"vRow" | "vCol" | "row" | "column", "decay" | "oneMinusDecay" | "epsilon">;
  galore_project: Operands<"projector" | "lowRank", "renew">;
  galore_project_back: Operands<"projector" | "lowRank", "scale">;
  lbfgs_products: Operands<"params" | "updates" | "diffParamsMemory" | "diffUpdatesMemory" | "products", "row" | "first">;
  lbfgs_combine: Operands<"params" | "updates" | "diffParamsMemory" | "diffUpdatesMemory" | "coefficients", "row" | "first">;
  newton_schulz: Operands<never, "a" | "b" | "c">;
  newton_schulz_aol: Operands<never, "a" | "b" | "c">;
  newton_schulz_schatten: Operands<never, "a" | "b" | "c">;
  normalize_by_frobenius: Operands<never, "eps">;
  normalize_by_spectral: Operands<never, "eps">;
  scale_by_width: Operands<never, never>;
  scale_by_consistent_rms: Operands<never, "consistentRms">;
  sm3_covers: Operands<"mu" | "row" | "column", "b2" | "squareFactor">;
}

/** The slots that kernels only read, by kernel. */
export const READ_ONLY_SLOTS: Readonly<Record<string, readonly string[]>> = {
  scale_by_factors: ["row", "column"],
  scale_by_sm3: ["row", "column"],
  galore_project_back: ["projector", "lowRank"],
  lbfgs_products: ["params", "updates", "diffParamsMemory", "diffUpdatesMemory"],
  lbfgs_combine: ["coefficients"],
};

/** Leafwise kernels that only read the updates. */
export const READ_ONLY_UPDATES: readonly string[] = [
  "factored_rms",
  "galore_project",
  "lbfgs_products",
  "sm3_covers",
];

/** Kernels that read the parameters. */
export const READ_PARAMS: readonly string[] = [
  "add_decayed_weights",
  "scale_by_novograd",
  "keep_params_nonnegative",
  "scale_by_cocob",
  "dadapt_adamw",
  "prodigy",
  "scale_by_madgrad",
  "momo",
  "apply",
  "lookahead_sync",
  "sam_return",
  "schedule_free",
  "mechanize_measure",
  "mechanize",
  "incremental_update",
  "param_norm",
  "param_rms",
  "param_dot",
  "param_slot_dot",
  "squared_distance",
  "dot_difference",
  "adaptive_grad_clip",
  "lbfgs_products",
  "lbfgs_combine",
];
