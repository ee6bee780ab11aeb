/** The storage types that gradloom supports, by JAX's names. */
export type DType = "float32" | "float64" | "float16" | "bfloat16";

/** A typed array with the elements of a leaf; half-precision types are stored as raw 16-bit words. */
export type ElementArray = Float32Array | Float64Array | Uint16Array;

/** A typed array of integers, or of booleans as 0 and 1: no kernel works on it. */
export type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

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

/** Returns the name of an array's class. Unlike `instanceof` it is the same for arrays of another realm, such as an iframe. */
export const classOf = (array: ArrayBufferView): string =>
  (array as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "array";

/** Returns the dtype of an array of floats, null for any other array. */
export const elementType = (array: ArrayBufferView): "float32" | "float64" | null => {
  const name = classOf(array);
  return name === "Float32Array" ? "float32" : name === "Float64Array" ? "float64" : null;
};

const INTEGERS: Readonly<Record<string, new (from: IntegerArray | number) => IntegerArray>> = {
  ...{ Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array },
  ...({ BigInt64Array, BigUint64Array } as object),
};

/** Returns whether an array holds integers; 16-bit words of half-precision floats look the same. */
export const isIntegers = (array: ArrayBufferView): array is IntegerArray =>
  Object.hasOwn(INTEGERS, classOf(array));

/** Makes a new array of integers: a copy, or zeros in its place. */
export const newIntegers = (array: IntegerArray, zeros = false): IntegerArray =>
  new (INTEGERS[classOf(array)] as NonNullable<(typeof INTEGERS)[string]>)(zeros ? array.length : array);

/** Copies an array. The `slice` of Node's `Buffer`, an array of integers, would share its memory. */
export const copyArray = <A extends ElementArray | IntegerArray>(array: A): A =>
  (isIntegers(array) ? newIntegers(array) : array.slice()) as A;

/** Returns whether a dtype is one of those whose elements are stored as words. */
export const isHalf = (dtype: unknown): dtype is "float16" | "bfloat16" =>
  dtype === "float16" || dtype === "bfloat16";
