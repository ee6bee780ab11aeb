import { define } from "../define.ts";
import { kernels, scratch, slot } from "../kernels/kernels.ts";
import { decay, real } from "../options.ts";
import type { ParamsLike, PerLeaf } from "../plan/transformation.ts";
import type { Leaf } from "../pytree/leaf.ts";

/** The covers of each leaf's second moment, one vector per axis; and the momentum. */
export interface ScaleBySM3State {
  readonly mu: PerLeaf<readonly Leaf[]>;
  readonly nu: ParamsLike;
}

/**
 * Momentum of updates that are divided by the root of their accumulated squares, of which only one cover per axis is stored.
 *
 * a = (1-b2)*u² + b2*min over the axes of the cover, with u² alone where b2 is 1; a cover is the maximum of a over all other axes;
 * m = b1*m + (1-b1)*u/sqrt(a + eps), with 0 where a is 0; the result is m. A scalar has itself as its only cover: Optax fails there.
 *
 * @example
 * const tx = gl.scaleBySm3();
 * const state = tx.init({ w: gl.tensor(new Float32Array(6), [2, 3]) });
 * console.log(state.mu.w.length); // 2
 * @see Anil et al. 2019, https://arxiv.org/abs/1901.11150
 */
export const scaleBySm3 = define(
  "scaleBySm3",
  {},
  {
    /** Decay of the momentum, in [0, 1]. */
    b1: decay(0.9),
    /** Decay of the accumulator, in [0, 1]; 1 sums it up. */
    b2: real(1, { min: 0, max: 1 }),
    /** Added inside the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
  },
  ({ b1, b2, eps }) => {
    const accumulation = { b2, squareFactor: b2 === 1 ? 1 : 1 - b2 };
    return kernels<ScaleBySM3State>({
      name: "scaleBySm3",
      type: "ScaleBySM3State",
      state: {
        mu: slot({ parts: ({ shape }) => (shape.length === 0 ? [[]] : shape.map((size) => [size])) }),
        nu: slot(),
        row: scratch({
          shape: ({ shape }) => shape.map((size, axis) => (axis < shape.length - 1 ? size : 1)),
        }),
        column: scratch({
          shape: ({ shape }) => shape.map((size, axis) => (axis < shape.length - 1 ? 1 : size)),
        }),
      },
      steps: [
        { leafwise: "sm3_covers", slots: ["mu", "row", "column"], scalars: accumulation },
        {
          map: "scale_by_sm3",
          slots: ["row", "column", "nu"],
          scalars: { b1, oneMinusB1: 1 - b1, ...accumulation, eps },
        },
      ],
    });
  },
);
