import * as gl from "gradloom";

/** The optimizers that a client may ask for by name. A checkpoint goes on with the recipe that it was made with. */
export const recipes: Readonly<Record<string, () => gl.GradientTransformation>> = {
  sgd: () => gl.sgd(0.1, { momentum: 0.9 }),
  adamw: () =>
    gl.chain(
      gl.clipByGlobalNorm(1),
      gl.adamw(gl.warmupCosineDecaySchedule(0, 1e-3, 100, 10_000), {
        weightDecay: 1e-4,
        mask: gl.pathMask(/kernel|weight/, { allowNone: true }),
      }),
    ),
};
