/** A 16-bit type: encodes a number as the nearest word, ties to even, and decodes a word. */
export interface HalfType {
  encode(x: number): number;
  decode(word: number): number;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Rounds to an integer, ties to even: numbers above 2^52 have no fraction. */
const roundToEven = (x: number): number => x + 2 ** 52 - 2 ** 52;

/** bfloat16: the upper half of a float32. */
export const bfloat16: HalfType = {
  encode(x) {
    float[0] = x;
    const word = bits[0] as number;
    if (Number.isNaN(x)) return (word >>> 16) | 0x40;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  },
  decode(word) {
    bits[0] = word << 16;
    return float[0] as number;
  },
};

/** IEEE half precision: 5 bits of exponent, 10 of mantissa. */
export const float16: HalfType = {
  encode(x) {
    const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
    const size = Math.abs(x);
    if (Number.isNaN(x)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
    float[0] = size;
    const exponent = ((bits[0] as number) >>> 23) - 127;
    return sign | (((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent)));
  },
  decode(word) {
    const sign = word & 0x8000 ? -1 : 1;
    const [exponent, mantissa] = [(word >>> 10) & 31, word & 1023];
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
  },
};
