/** The storage types that gradloom supports, by JAX's names. */
export type DType = "float32" | "float64" | "float16" | "bfloat16";

/** A typed array with the elements of a leaf; half-precision types are stored as raw 16-bit words. */
export type ElementArray = Float32Array | Float64Array | Uint16Array;

interface DTypeInfo {
  /** The name of the type in a plan. */
  readonly code: "f32" | "f64" | "f16" | "bf16";
  readonly bytes: number;
  readonly array: {
    new (length: number): ElementArray;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray;
  };
}

/** The name in a plan, the size and the array class of each dtype. */
export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: { code: "f32", bytes: 4, array: Float32Array },
  float64: { code: "f64", bytes: 8, array: Float64Array },
  float16: { code: "f16", bytes: 2, array: Uint16Array },
  bfloat16: { code: "bf16", bytes: 2, array: Uint16Array },
};

/** Returns the dtype of an array of floats, null for any other array. */
export const elementType = (array: ArrayBufferView): "float32" | "float64" | null =>
  array instanceof Float32Array ? "float32" : array instanceof Float64Array ? "float64" : null;
