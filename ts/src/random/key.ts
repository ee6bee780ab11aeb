import { GradloomError } from "../error.ts";
import { type Field, type OptionsOf, parse, real } from "../options.ts";
import { classOf } from "../pytree/dtype.ts";
import { hashIndices, threefry2x32 } from "./threefry.ts";

/** A key of the generator: two 32-bit words, JAX's `key_data`. Use a key once: `split` it where you need more. */
export type Key = Uint32Array;

const SEED = real(0, { min: 0, below: 2 ** 32, integer: true });

/** The field of a key. */
export const rngKey: Pick<Field<Key>, "check"> = {
  check: (value, path) => {
    if (ArrayBuffer.isView(value) && classOf(value) === "Uint32Array" && (value as Key).length === 2)
      return value as Key;
    throw new GradloomError("INVALID_HYPERPARAMETER", "expected a key: a Uint32Array of two words.", {
      path,
      remedy: "Make one with gl.random.key(seed).",
    });
  },
};

/** The field of a key, or of a seed to make one from. */
export const keyOrSeed: Pick<Field<Key | number>, "check"> = {
  check: (value, path) => (typeof value === "number" ? SEED.check(value, path) : rngKey.check(value, path)),
};

const fromSeed = (seed: number): Key => Uint32Array.of(0, seed);

/**
 * Makes a key from a seed; the bits drawn from it are those of `jax.random.key(seed)`.
 *
 * @param seed - an integer in [0, 2^32)
 * @example
 * console.log(gl.random.key(42)); // Uint32Array(2) [ 0, 42 ]
 */
export const key = (seed: number): Key => fromSeed(SEED.check(seed, "random.key.seed"));

const SPLIT_OPTIONS = {
  /** The number of keys; an integer, at least 0. */
  num: real(2, { min: 0, integer: true }),
};

/**
 * Makes independent keys from one.
 *
 * @example
 * const [next, sample] = gl.random.split(gl.random.key(0));
 * console.log(next); // Uint32Array(2) [ 1797259609, 2579123966 ]
 */
export const split = (from: Key, options?: OptionsOf<typeof SPLIT_OPTIONS>): Key[] => {
  rngKey.check(from, "random.split.key");
  const { num } = parse("random.split", SPLIT_OPTIONS, options);
  const keys: Key[] = [];
  hashIndices(from, num, (_, high, low) => keys.push(Uint32Array.of(high, low)));
  return keys;
};

/**
 * Makes a new key from a key and a number, such as the step.
 *
 * @param data - an integer in [0, 2^32)
 * @example
 * const key = gl.random.foldIn(gl.random.key(0), 7);
 * console.log(key.length); // 2
 */
export const foldIn = (from: Key, data: number): Key => {
  const folded = new Uint32Array(2);
  const low = SEED.check(data, "random.foldIn.data");
  threefry2x32(rngKey.check(from, "random.foldIn.key"), 0, low, folded);
  return folded;
};
