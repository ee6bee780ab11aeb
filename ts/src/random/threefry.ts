const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Computes the Threefry 2x32 hash with 20 rounds. Key, counter and result have two words each.
 *
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 */
export const threefry2x32 = (key: ArrayLike<number>, high: number, low: number, out: Uint32Array): void => {
  const [a, b] = [key[0] as number, key[1] as number];
  const schedule = [a, b, a ^ b ^ 0x1bd11bda];
  let x = (high + a) | 0;
  let y = (low + b) | 0;
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[group % 2] as (typeof ROTATIONS)[0]) {
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + (schedule[(group + 1) % 3] as number)) | 0;
    y = (y + (schedule[(group + 2) % 3] as number) + group + 1) | 0;
  }
  out[0] = x;
  out[1] = y;
};

const WORD = 2 ** 32;

/** Hashes the counters 0 … n - 1, the 64-bit index of an element, as JAX's partitionable generator does. */
export const hashIndices = (
  key: ArrayLike<number>,
  n: number,
  visit: (i: number, high: number, low: number) => void,
): void => {
  const out = new Uint32Array(2);
  for (let i = 0; i < n; i++) {
    threefry2x32(key, Math.floor(i / WORD), i % WORD, out);
    visit(i, out[0] as number, out[1] as number);
  }
};
