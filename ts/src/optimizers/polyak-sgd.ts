import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { POLYAK_OPTIONS, scaleByPolyak } from "../transforms/scale-by-polyak.ts";
import { sgd } from "./sgd.ts";

/**
 * Gradient descent with Polyak's step, which is found from the value of the objective.
 *
 * u = -scaling * min((value - fMin) / (norm(scaling*g)² + eps), maxLearningRate) * g. Each update needs the value as the extra argument
 * `value`.
 *
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without `value`
 * @example
 * const tx = gl.polyakSgd();
 * const params = { w: new Float32Array([3]) };
 * const [updates] = tx.update({ w: new Float32Array([6]) }, tx.init(params), params, { value: 9 });
 * console.log(updates.w[0]); // -1.5
 * @see Loizou et al. 2021, https://arxiv.org/abs/2002.10542
 */
export const polyakSgd = define(
  "polyakSgd",
  {},
  {
    ...POLYAK_OPTIONS,
    /** Multiplies every step; a number, or a schedule of the step. */
    scaling: scalarOrSchedule(1),
  },
  ({ scaling, ...polyak }) => chain(sgd(scaling), scaleByPolyak(polyak)),
);
