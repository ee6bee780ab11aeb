import { type Device, defaultDevice, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../error.ts";
import { classOf, type ElementArray, type IntegerArray } from "../pytree/dtype.ts";
import { dataOf, dtypeOf, isIntegerLeaf, isTensor, type Leaf } from "../pytree/leaf.ts";
import { sizeOf } from "../pytree/shape.ts";
import { show, withArticle } from "../show.ts";

/** The elements of an array on the host; half precision is widened to single. */
export type HostData = ElementArray | IntegerArray;

/** What it takes to make an array from its elements. */
export interface ArrayForm {
  readonly dtype: np.Array["dtype"];
  readonly shape: readonly number[];
  readonly device: Device;
}

const HOST_CLASSES = {
  float32: Float32Array,
  float16: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Int32Array,
} as const;

const DTYPES: Readonly<Record<string, ArrayForm["dtype"]>> = {
  Float32Array: np.float32,
  Float64Array: np.float64,
  Int32Array: np.int32,
  Uint32Array: np.uint32,
};

/** Returns the dtype of jax-js for an array of the host, undefined where it has none. */
export const dtypeFor = (leaf: Leaf): ArrayForm["dtype"] | undefined =>
  dtypeOf(leaf) || isIntegerLeaf(leaf) ? DTYPES[classOf(dataOf(leaf))] : undefined;

/** Returns the form of the array for a leaf on the host. Throws where jax-js has no dtype for it. */
export const formOfLeaf = (leaf: Leaf, path: string, device: Device): ArrayForm => {
  const [data, dtype] = [dataOf(leaf), dtypeFor(leaf)];
  if (dtype) refuseUnmade(dtype, path);
  if (dtype) return { dtype, shape: isTensor(leaf) ? leaf.shape : [data.length], device };
  throw new GradloomError("DTYPE_MISMATCH", `jax-js has no dtype for ${withArticle(classOf(data))}.`, {
    path,
    remedy: `Use one of ${Object.keys(DTYPES).join(", ")}.`,
  });
};

/** Returns whether kernels can work on an array. */
export const isFloat = ({ dtype }: Pick<ArrayForm, "dtype">): boolean => dtype.startsWith("float");

/** Returns whether a value has the properties of an array of jax-js, of whatever copy of it, or stands for one while it is traced. */
export const looksLikeArray = (value: unknown): value is Partial<np.Array> => {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, dispose, _trace } = value as Partial<np.Array>;
  return typeof dtype === "string" && typeof dispose === "function" && _trace !== undefined;
};

/** Returns a leaf as an array whose values can be read. Throws where it is none. */
export const requireArray = (leaf: unknown, path: string): np.Array => {
  if (leaf instanceof np.Array) return leaf;
  if (looksLikeArray(leaf)) {
    const traced = leaf.dataSync === undefined;
    throw new GradloomError(
      "UNSUPPORTED",
      traced
        ? "jit, grad or vmap is tracing this value: it has no numbers for kernels to work on."
        : "this array belongs to another copy of @jax-js/jax.",
      {
        path,
        remedy: traced
          ? "Trace the function that computes the gradients, and call the optimizer outside of it."
          : "Load the package once: import it everywhere, or require it everywhere.",
      },
    );
  }
  throw new GradloomError("INVALID_TREE", `expected an array of jax-js, got ${show(leaf)}.`, {
    path,
    remedy: "Make one: np.array(x).",
  });
};

/** Returns whether jax-js can make arrays of a dtype on this platform: those of double precision need the class of half precision. */
export const canMake = (dtype: ArrayForm["dtype"]): boolean =>
  dtype !== np.float64 || "Float16Array" in globalThis;

/** Throws where jax-js cannot make arrays of a dtype on this platform. */
const refuseUnmade = (dtype: ArrayForm["dtype"], path: string): void => {
  if (canMake(dtype)) return;
  throw new GradloomError(
    "UNSUPPORTED",
    "jax-js makes no float64 arrays where JavaScript has no Float16Array.",
    { path, remedy: "Use Node 24 or newer, or float32." },
  );
};

/** Returns the form of an array. Throws where its like cannot be made. */
export const formOf = ({ dtype, shape, device }: np.Array, path: string): ArrayForm => {
  refuseUnmade(dtype, path);
  return { dtype, shape: [...shape], device };
};

/** Takes a reference to an array, or to its copy in single precision where it is in half: those the host cannot hold everywhere. */
export const widened = (array: np.Array): np.Array =>
  array.dtype === np.float16 ? array.ref.astype(np.float32) : array.ref;

/** Releases a reference that a failed read has left. */
const release = (array: np.Array): void => {
  if (array.refCount > 0) array.dispose();
};

/** Makes zeros on the host. */
export const zerosOf = (dtype: ArrayForm["dtype"], size: number): HostData => new HOST_CLASSES[dtype](size);

/** Copies the elements of an array to the host, and leaves its references as they are. */
export const readNow = (array: np.Array): HostData => {
  if (array.size === 0) return zerosOf(array.dtype, 0);
  const source = widened(array);
  const { refCount } = source;
  try {
    return source.dataSync() as HostData;
  } catch (error) {
    if (source.refCount === refCount) release(source);
    throw error;
  }
};

/** Does the same as `readNow` without blocking the thread. */
export const read = async (array: np.Array): Promise<HostData> => {
  if (array.size === 0) return zerosOf(array.dtype, 0);
  const source = widened(array);
  try {
    return (await source.data()) as HostData;
  } catch (error) {
    release(source);
    throw error;
  }
};

/** Makes an array from its elements, which are copied. On the default device it is not bound to it, like `np.array(data)`. */
export const makeArray = (data: HostData, { dtype, shape, device }: ArrayForm): np.Array => {
  const place = device === defaultDevice() ? {} : { device };
  const sizes = [...shape];
  if (sizeOf(sizes) === 0) return np.zeros(sizes, { dtype, ...place });
  const half = dtype === np.float16;
  const made = np.array(data as Float32Array<ArrayBuffer>, {
    shape: sizes,
    dtype: half ? np.float32 : dtype,
    ...place,
  });
  return half ? made.astype(dtype) : made;
};

/** Makes several arrays: all of them, or none. */
export const makeAll = (makers: readonly (() => np.Array)[]): np.Array[] => {
  const made: np.Array[] = [];
  try {
    for (const make of makers) made.push(make());
    return made;
  } catch (error) {
    for (const array of made) array.dispose();
    throw error;
  }
};
