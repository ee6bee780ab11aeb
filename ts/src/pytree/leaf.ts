import { GradloomError } from "../error.ts";
import { type DType, type ElementArray, elementType } from "./dtype.ts";
import { isArray } from "./remote.ts";
import { sizeOf } from "./shape.ts";

/** An array with a shape, as `tensor` makes it; any object with the fields `data` and `shape` is one. */
export interface Tensor<A extends ElementArray = ElementArray> {
  readonly data: A;
  readonly shape: readonly number[];
  /** The type of half-precision elements, which are stored in a `Uint16Array`; absent for other arrays. */
  readonly dtype?: DType;
}

/** A leaf of a tree: a typed array (one-dimensional) or an array with a shape. */
export type Leaf = ElementArray | Tensor;

/** Returns whether a value is a leaf rather than a container. */
export const isLeaf = (value: unknown): value is Leaf => isArray(value) || isTensor(value);

/** Returns whether a value is an array with a shape. */
export const isTensor = (value: unknown): value is Tensor => {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape } = value as Partial<Tensor>;
  return isArray(data) && Array.isArray(shape);
};

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
export const tensor = <A extends Float32Array | Float64Array>(
  data: A,
  shape: readonly number[],
): Tensor<A> => {
  const leaf = { data, shape };
  if (!isTensor(leaf)) {
    throw new GradloomError("INVALID_TREE", "a tensor is made of a typed array and a shape.", {
      path: "tensor",
      remedy: "Write tensor(new Float32Array(6), [2, 3]).",
    });
  }
  describeLeaf(leaf, "tensor");
  return { data, shape: [...shape] };
};

/** The description of a leaf from which plans are made. */
export interface LeafSpec {
  /** The path of the leaf, for errors: `dense1.kernel`, `layers[0].bias`. */
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly size: number;
  /** Whether results have the form `{ data, shape }` rather than a bare array. */
  readonly shaped: boolean;
}

/** Returns the array of a leaf. */
export const dataOf = (leaf: Leaf): ElementArray => (isArray(leaf) ? leaf : leaf.data) as ElementArray;

/** Returns the storage type of a leaf, null where gradloom does not support it. */
export const dtypeOf = (leaf: Leaf): DType | null => {
  const said = isTensor(leaf) && leaf.data instanceof Uint16Array ? leaf.dtype : undefined;
  return said ?? elementType(dataOf(leaf));
};

/** Describes a leaf of parameters or gradients. Throws where it cannot be one. */
export const describeLeaf = (leaf: Leaf, path: string): LeafSpec => {
  const data = dataOf(leaf);
  const dtype = elementType(data);
  if (dtype === null) {
    throw new GradloomError("DTYPE_MISMATCH", `a ${data.constructor.name} cannot be optimised.`, {
      path,
      remedy: "Use a Float32Array or a Float64Array.",
    });
  }
  refuseDetached(data, path);
  const shape = isTensor(leaf) ? leaf.shape : [data.length];
  if (!shape.every((n) => Number.isInteger(n) && n >= 0) || sizeOf(shape) !== data.length) {
    throw new GradloomError(
      "SHAPE_MISMATCH",
      `shape [${shape}] does not fit an array of length ${data.length}.`,
      {
        path,
        remedy: "The product of the shape is the number of elements.",
      },
    );
  }
  return { path, dtype, shape: [...shape], size: data.length, shaped: isTensor(leaf) };
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
