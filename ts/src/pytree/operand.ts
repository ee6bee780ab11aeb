import { DTYPES, type DType, type ElementArray, isHalf } from "./dtype.ts";
import { bfloat16, float16, type HalfType } from "./half.ts";
import { dataOf, describeLeaf, dtypeOf, isLeaf, isTensor, type Leaf, shapeOf } from "./leaf.ts";
import { notALeaf } from "./mistaken-leaf.ts";

const HALVES: { readonly [K in DType]?: HalfType } = { bfloat16, float16 };

/** For each storage type a function that rounds a number to it. */
export const rounding: Readonly<Record<DType, (x: number) => number>> = {
  float64: (x) => x,
  float32: Math.fround,
  float16: (x) => float16.decode(float16.encode(Math.fround(x))),
  bfloat16: (x) => bfloat16.decode(bfloat16.encode(Math.fround(x))),
};

/** A leaf to compute with: its elements are numbers, whatever their storage type. */
export interface Operand {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether the leaf was given as `{ data, shape }`. */
  readonly shaped: boolean;
  readonly numbers: Float32Array | Float64Array;
}

/** Reads a leaf of any storage type. Throws for anything else. */
export const operand = (leaf: Leaf, path: string): Operand => {
  if (!isLeaf(leaf)) throw notALeaf(leaf, path);
  const dtype = dtypeOf(leaf);
  const half = dtype && HALVES[dtype];
  if (!half || !isTensor(leaf)) {
    const spec = describeLeaf(leaf, path);
    return { ...spec, path, numbers: dataOf(leaf) as Float32Array | Float64Array };
  }
  const { data } = leaf;
  const shape = shapeOf(leaf, path);
  return { path, dtype, shape, shaped: true, numbers: Float32Array.from(data, half.decode) };
};

/** Makes an array of a storage type from numbers, each rounded to it. */
export const store = (numbers: ArrayLike<number>, dtype: DType): ElementArray => {
  const half = HALVES[dtype];
  const array = new DTYPES[dtype].array(numbers.length);
  for (let i = 0; i < array.length; i++) {
    const x = numbers[i] as number;
    array[i] = half ? half.encode(Math.fround(x)) : x;
  }
  return array;
};

/** Makes a leaf of the same form as another: with a shape, or a bare array. Half-precision leaves always have a shape. */
export const leafLike = (
  data: ElementArray,
  dtype: DType,
  { shape, shaped }: Pick<Operand, "shape" | "shaped">,
): Leaf => {
  if (isHalf(dtype)) return { data, shape: [...shape], dtype };
  return shaped ? { data, shape: [...shape] } : data;
};

/** Returns the type in which numbers of two types are computed: JAX's `promote_types`. */
export const promote = (a: DType, b: DType): DType => {
  if (a === b) return a;
  return a === "float64" || b === "float64" ? "float64" : "float32";
};
