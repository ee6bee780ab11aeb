import { GradloomError } from "../error.ts";
import { withArticle } from "../show.ts";
import {
  classOf,
  type DType,
  type ElementArray,
  elementType,
  type IntegerArray,
  isHalf,
  isIntegers,
} from "./dtype.ts";
import { isArray } from "./remote.ts";
import { isList, readShape, sizeOf } from "./shape.ts";

/** An array with a shape, as `tensor` makes it; any object with the fields `data` and `shape` is one. */
export interface Tensor<A extends ElementArray | IntegerArray = ElementArray> {
  readonly data: A;
  readonly shape: readonly number[];
  /** The type of half-precision elements, which are stored in a `Uint16Array`; absent for other arrays. */
  readonly dtype?: DType;
}

/** A leaf of a tree: a typed array (one-dimensional) or an array with a shape. */
export type Leaf = ElementArray | Tensor;

/** Returns whether a value is a leaf rather than a container. */
export const isLeaf = (value: unknown): value is Leaf => isArray(value) || isTensor(value);

/** Returns whether a value is an array with a shape; the shape may be a wrong one. */
export const isTensor = (value: unknown): value is Tensor => {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape } = value as { readonly data?: unknown; readonly shape?: unknown };
  return isArray(data) && (isList(shape) || ArrayBuffer.isView(shape) || isPrimitive(shape));
};

const isPrimitive = (value: unknown): boolean => typeof value === "number" || typeof value === "string";

/**
 * Gives a typed array a shape, so that it is a matrix or a higher-dimensional array rather than a vector.
 *
 * @param data - the elements in row-major order; used as it is, not copied
 * @param shape - the sizes of the axes; their product is `data.length`. `[]` is a scalar.
 * @throws GradloomError `SHAPE_MISMATCH` where the product differs from the length
 * @example
 * const kernel = gl.tensor(new Float32Array(6), [2, 3]);
 * console.log(kernel.shape); // [2, 3]
 */
export const tensor = <A extends Float32Array | Float64Array | IntegerArray>(
  data: A,
  shape: readonly number[],
): Tensor<A> => {
  const leaf: unknown = { data, shape };
  if (!isTensor(leaf)) {
    throw new GradloomError("INVALID_TREE", "a tensor is made of a typed array and a shape.", {
      path: "tensor",
      remedy: "Write tensor(new Float32Array(6), [2, 3]).",
    });
  }
  const { shape: own } = isIntegerLeaf(leaf)
    ? describeIntegers(leaf, "tensor")
    : describeLeaf(leaf, "tensor");
  return { data, shape: own };
};

/** The form of a leaf: its path, for errors (`dense1.kernel`, `layers[0].bias`), and its shape. */
interface LeafForm {
  readonly path: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Whether results have the form `{ data, shape }` rather than a bare array. */
  readonly shaped: boolean;
}

/** The description of a leaf from which plans are made. */
export interface LeafSpec extends LeafForm {
  readonly dtype: DType;
}

/** The description of a leaf of integers, which no kernel works on. */
export interface IntegerSpec extends LeafForm {
  /** The name of the class of its array: `Int32Array`. */
  readonly array: string;
}

/** Returns the array of a leaf. */
export const dataOf = (leaf: Leaf): ElementArray => (isArray(leaf) ? leaf : leaf.data) as ElementArray;

/** Returns the storage type of a leaf, null where kernels cannot work on it. */
export const dtypeOf = (leaf: Leaf): DType | null => {
  const data = dataOf(leaf);
  const words = isTensor(leaf) && classOf(data) === "Uint16Array";
  return words && isHalf(leaf.dtype) ? leaf.dtype : elementType(data);
};

/** Returns whether a leaf holds integers, or booleans as 0 and 1, rather than floats. */
export const isIntegerLeaf = (leaf: Leaf): boolean => dtypeOf(leaf) === null && isIntegers(dataOf(leaf));

/** Describes a leaf of parameters or gradients. Throws where it cannot be one. */
export const describeLeaf = (leaf: Leaf, path: string): LeafSpec => {
  const data = dataOf(leaf);
  const dtype = elementType(data);
  if (dtype === null) throw cannotCompute(classOf(data), path);
  return { dtype, ...formOf(leaf, path) };
};

/** Describes a leaf of integers. Throws where its shape is not right. */
export const describeIntegers = (leaf: Leaf, path: string): IntegerSpec => ({
  array: classOf(dataOf(leaf)),
  ...formOf(leaf, path),
});

/** Makes the error for an array that kernels cannot work on. */
export const cannotCompute = (array: string, path: string, remedy = ""): GradloomError =>
  new GradloomError("DTYPE_MISMATCH", `${withArticle(array)} cannot be optimised.`, {
    path,
    remedy: `Use a Float32Array or a Float64Array${remedy}.`,
  });

const formOf = (leaf: Leaf, path: string): LeafForm => {
  const data = dataOf(leaf);
  refuseDetached(data, path);
  if (!isTensor(leaf)) return { path, shape: [data.length], size: data.length, shaped: false };
  return { path, shape: shapeOf(leaf, path), size: data.length, shaped: true };
};

/** Copies the shape of a leaf. Throws where it is none, or does not fit the array. */
export const shapeOf = (leaf: Leaf, path: string): number[] => {
  if (!isTensor(leaf)) return [leaf.length];
  const { data, shape } = leaf;
  const read = readShape(shape);
  if (read && sizeOf(read) === data.length) return read;
  throw new GradloomError(
    "SHAPE_MISMATCH",
    read
      ? `shape [${read}] does not fit an array of length ${data.length}.`
      : "the shape is no list of whole numbers.",
    {
      path,
      remedy: read ? "The product of the shape is the number of elements." : "Write { data, shape: [2, 3] }.",
    },
  );
};

const isDetached = (buffer: ArrayBufferLike): boolean => {
  if ("detached" in buffer) return buffer.detached === true;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
};

/** Throws where the buffer of an array is detached. */
export const refuseDetached = (data: ArrayBufferView, path: string): void => {
  if (data.byteLength === 0 && isDetached(data.buffer)) {
    throw new GradloomError(
      "DETACHED_MEMORY",
      "the memory of this array has been transferred or has moved.",
      {
        path,
        remedy: "Pass an array whose buffer is attached.",
      },
    );
  }
};
