import { define } from "../define.ts";
import { GradloomError } from "../error.ts";
import { real } from "../options.ts";
import { withStateType } from "../plan/state-type.ts";
import { type GradientTransformation, NAME } from "../plan/transformation.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";
import { leafLike, operand, rounding, store } from "../pytree/operand.ts";
import { type Key, rngKey, split } from "../random/key.ts";
import { normal } from "../random/normal.ts";
import { chosenKey, NOISE_OPTIONS } from "../transforms/add-noise.ts";
import { perExampleGlobalNormClip } from "../transforms/per-example-clip.ts";

/** The key that the next step's noise is drawn from. */
export interface DifferentiallyPrivateAggregateState {
  readonly rngKey: Key;
}

/** Lists the length of each leaf's first axis: `perExampleGlobalNormClip` has checked that all are equal. */
const batchSizes = (updates: unknown): number[] => {
  const sizes: number[] = [];
  mapLeaves([updates], ([leaf], [path]) => {
    sizes.push(operand(leaf as Leaf, path as string).shape[0] as number);
  });
  if (sizes[0] !== 0) return sizes;
  throw new GradloomError("SHAPE_MISMATCH", "there are no examples.", {
    path: "updates",
    remedy: "Pass the gradients of at least one example.",
  });
};

/**
 * Averages the gradients of examples after clipping each one's norm, and adds Gaussian noise: the step of DP-SGD.
 *
 * The result is (sum over examples g * min(1, l2NormClip / norm(g)) + l2NormClip * noiseMultiplier * z) / examples, z standard
 * normal, with Optax's noise for the same key, in single precision. Updates come with the examples as the first axis of every
 * leaf and leave without it, so this cannot be a member of `chain`, whose members all see trees of one shape: call its `update`
 * first and pass the result on.
 *
 * @param l2NormClip - the greatest norm of an example's gradient; at least 0
 * @param noiseMultiplier - the noise's standard deviation relative to `l2NormClip`; at least 0
 * @throws GradloomError `SHAPE_MISMATCH` in `update` where leaves differ in their first axis
 * @example
 * const aggregate = gl.contrib.differentiallyPrivateAggregate(1, 0);
 * const perExample = { w: gl.tensor(new Float32Array([3, 4, 0, 0]), [2, 2]) };
 * const [mean] = aggregate.update(perExample, aggregate.init(perExample));
 * console.log(mean.w.data[0].toFixed(2)); // 0.30
 * @see Abadi et al. 2016, https://arxiv.org/abs/1607.00133
 */
export const differentiallyPrivateAggregate = define(
  "differentiallyPrivateAggregate",
  { l2NormClip: real(1, { min: 0 }), noiseMultiplier: real(0, { min: 0 }) },
  NOISE_OPTIONS,
  (
    { key, seed },
    l2NormClip: number,
    noiseMultiplier: number,
  ): GradientTransformation<DifferentiallyPrivateAggregateState> => {
    const initial = chosenKey("differentiallyPrivateAggregate", key, seed);
    const deviation = l2NormClip * noiseMultiplier;
    return withStateType<DifferentiallyPrivateAggregateState>("DifferentiallyPrivateAggregateState", {
      [NAME]: "differentiallyPrivateAggregate",
      init: () => ({ rngKey: initial.slice() }),
      update: (updates: unknown, state: DifferentiallyPrivateAggregateState) => {
        rngKey.check(state?.rngKey, "state.rngKey");
        const [clipped] = perExampleGlobalNormClip(updates, l2NormClip);
        const sizes = batchSizes(updates);
        const [next, ...keys] = split(state.rngKey, { num: sizes.length + 1 });
        let index = 0;
        const noised = mapLeaves([clipped], ([leaf], [path]) => {
          const sum = operand(leaf as Leaf, path as string);
          const noise = normal(keys[index] as Key, { shape: sum.shape }).data;
          const examples = sizes[index++] as number;
          const round = rounding[sum.dtype];
          const mean = Float64Array.from(sum.numbers, (g, i) =>
            round(round(g + round(deviation * (noise[i] as number))) / examples),
          );
          return leafLike(store(mean, sum.dtype), sum.dtype, sum);
        });
        return [noised, { rngKey: next as Key }];
      },
    });
  },
);
