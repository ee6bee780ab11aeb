import { decay as rate, real } from "../options.ts";
import { elementwise } from "./elementwise.ts";

const NAMES = { names: ["updates", "moments"], skipEmpty: true };

const RATE = rate(0);
const NUMBER = real(0);

/**
 * Updates the moving average of a power of the updates: (1 - decay) * g^order + decay * t. Null stays null.
 *
 * @example
 * const mu = gl.updateMoment({ a: new Float32Array([2]) }, { a: new Float32Array([1]) }, 0.5, 2);
 * console.log(mu.a[0]); // 2.5
 */
export const updateMoment = <T>(updates: T, moments: T, decay: number, order: number): T => {
  RATE.check(decay, "updateMoment.decay");
  NUMBER.check(order, "updateMoment.order");
  return elementwise(
    [updates, moments],
    (round) => {
      const [kept, taken] = [round(decay), round(1 - decay)];
      return (g, t) => round(round(taken * round(g ** order)) + round(kept * t));
    },
    NAMES,
  );
};

/**
 * Updates the decaying maximum of the updates' magnitudes: max(|g| + eps, decay * t). Null stays null.
 *
 * @example
 * const nu = gl.updateInfinityMoment({ a: new Float32Array([-2]) }, { a: new Float32Array([1]) }, 0.5, 0);
 * console.log(nu.a[0]); // 2
 */
export const updateInfinityMoment = <T>(updates: T, moments: T, decay: number, eps: number): T => {
  RATE.check(decay, "updateInfinityMoment.decay");
  NUMBER.check(eps, "updateInfinityMoment.eps");
  return elementwise(
    [updates, moments],
    (round) => {
      const [kept, added] = [round(decay), round(eps)];
      return (g, t) => Math.max(round(Math.abs(g) + added), round(kept * t));
    },
    NAMES,
  );
};

/**
 * Updates the moving average of a power of each element's norm. For real numbers, as all leaves are, that is `updateMoment`.
 *
 * @example
 * const nu = gl.updateMomentPerElemNorm({ a: new Float32Array([2]) }, { a: new Float32Array([0]) }, 0.5, 2);
 * console.log(nu.a[0]); // 2
 */
export const updateMomentPerElemNorm = <T>(updates: T, moments: T, decay: number, order: number): T =>
  updateMoment(updates, moments, decay, order);

/**
 * Makes a moving average that began at 0 unbiased: t / (1 - decay^count).
 *
 * @param count - the number of steps that have been averaged, at least 1
 * @example
 * console.log(gl.biasCorrection({ a: new Float32Array([0.5]) }, 0.5, 1).a[0]); // 1
 */
export const biasCorrection = <T>(moment: T, decay: number, count: number): T => {
  RATE.check(decay, "biasCorrection.decay");
  real(1, { min: 1 }).check(count, "biasCorrection.count");
  return elementwise(
    [moment],
    (round) => {
      const divisor = round(1 - decay ** count);
      return (t) => round(t / divisor);
    },
    { names: ["moment"] },
  );
};
