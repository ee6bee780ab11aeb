import * as gl from "gradloom";

/** A name for the table and the optimizer itself. */
export interface Recipe {
  readonly name: string;
  readonly tx: gl.GradientTransformation;
}

/** Four optimizers for one model. Each is a chain of small transformations; read them from top to bottom. */
export const recipes = (totalSteps: number): Recipe[] => [
  // Momentum. The alias gl.sgd(0.05, { momentum: 0.9 }) is this very chain.
  {
    name: "sgd with momentum",
    tx: gl.chain(
      gl.trace(0.9),
      gl.scale(-0.05), // minus: gradients point uphill
    ),
  },

  // Clip by the norm over all parameters, then AdamW: the learning rate warms up and decays,
  // and weight decay leaves biases alone.
  {
    name: "adamw, clip, cosine",
    tx: gl.chain(
      gl.clipByGlobalNorm(1),
      gl.adamw(gl.warmupCosineDecaySchedule(0, 2e-3, 0.1 * totalSteps, totalSteps), {
        weightDecay: 1e-4,
        mask: gl.pathMask(/kernel$/),
      }),
    ),
  },

  // Adam whose biases learn at a tenth of the rate: `masked` applies a transformation to a part of the tree.
  {
    name: "adam, slower biases",
    tx: gl.chain(
      gl.scaleByAdam(),
      gl.masked(gl.scale(-1e-3), gl.pathMask(/kernel$/)),
      gl.masked(gl.scale(-1e-4), gl.pathMask(/bias$/)),
    ),
  },

  // Transfer learning in miniature: the first layer stays as it is, the others learn.
  {
    name: "first layer frozen",
    tx: gl.chain(
      gl.multiTransform(
        { learns: gl.trace(0.9), frozen: gl.setToZero() },
        { dense1: "frozen", dense2: "learns", dense3: "learns" },
      ),
      gl.scale(-0.05),
    ),
  },
];
