import type { PlacedEntry, TensorEntry } from "../engine/headers.ts";
import { GradloomError } from "../error.ts";
import { classOf, type ElementArray, type IntegerArray } from "../pytree/dtype.ts";
import { dataOf, dtypeOf, isLeaf, refuseDetached, shapeOf, type Tensor } from "../pytree/leaf.ts";
import type { HostLeaf } from "../pytree/tree-type.ts";
import { show, withArticle } from "../show.ts";

/** A tensor of a file: its elements and its shape. */
export type FileTensor = Tensor<ElementArray | IntegerArray>;

/** A class of typed arrays. */
interface ArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray | IntegerArray;
}

/** The arrays in which elements of a type are held. */
interface Holder {
  readonly array: ArrayClass;
  /** The type of half-precision numbers in words. */
  readonly dtype?: "float16" | "bfloat16";
}

const BYTES: Holder = { array: Uint8Array };

/** The types of the format, each with its arrays. Numbers of one byte that JavaScript cannot read are held as bytes. */
const HOLDERS: ReadonlyMap<string, Holder> = new Map<string, Holder>([
  ["F64", { array: Float64Array }],
  ["F32", { array: Float32Array }],
  ["F16", { array: Uint16Array, dtype: "float16" }],
  ["BF16", { array: Uint16Array, dtype: "bfloat16" }],
  ["I64", { array: BigInt64Array }],
  ["I32", { array: Int32Array }],
  ["I16", { array: Int16Array }],
  ["I8", { array: Int8Array }],
  ["U64", { array: BigUint64Array }],
  ["U32", { array: Uint32Array }],
  ["U16", { array: Uint16Array }],
  ["U8", BYTES],
  ["BOOL", BYTES],
  ["F8_E5M2", BYTES],
  ["F8_E4M3", BYTES],
  ["F8_E8M0", BYTES],
  ["F8_E4M3FNUZ", BYTES],
  ["F8_E5M2FNUZ", BYTES],
]);

/** The types of the format by the names of the library, and by the classes of arrays of integers. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ float64: "F64", float32: "F32", float16: "F16", bfloat16: "BF16" },
  ...{ Int8Array: "I8", Uint8Array: "U8", Uint8ClampedArray: "U8", Int16Array: "I16", Uint16Array: "U16" },
  ...{ Int32Array: "I32", Uint32Array: "U32", BigInt64Array: "I64", BigUint64Array: "U64" },
};

/** A tensor to be written: its entry, and the live bytes of its elements. */
export interface Written extends TensorEntry {
  readonly bytes: Uint8Array;
}

/** Throws where bytes cannot be called by another type of the format. */
const refuseType = (dtype: string, own: string, path: string): void => {
  if (dtype === own || (own === "U8" && HOLDERS.get(dtype) === BYTES)) return;
  throw new GradloomError("DTYPE_MISMATCH", `these are elements of the type ${own}, not ${show(dtype)}.`, {
    path,
    remedy: "Only a Uint8Array can have another type, one of one byte such as BOOL.",
  });
};

/**
 * Describes a leaf for a file.
 *
 * @param path - the path of the leaf, for errors
 * @param asked - the type of its elements in the file, by default their own
 */
export const written = (name: string, leaf: unknown, path: string, asked?: string): Written => {
  if (!isLeaf(leaf)) {
    throw new GradloomError("INVALID_TREE", `${show(leaf)} is no typed array.`, {
      path,
      remedy: "Pass a typed array, or gl.tensor(array, shape).",
    });
  }
  const data = dataOf(leaf);
  refuseDetached(data, path);
  const own = TYPES[dtypeOf(leaf) ?? classOf(data)];
  if (own === undefined) {
    throw new GradloomError("DTYPE_MISMATCH", `${withArticle(classOf(data))} cannot be written.`, {
      path,
      remedy: "Use an array of floats or of integers.",
    });
  }
  if (asked !== undefined) refuseType(asked, own, path);
  return {
    name,
    dtype: asked ?? own,
    shape: shapeOf(leaf, path),
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
};

/** Makes a tensor from its bytes in a file: a view of them where they are aligned, else a copy. */
export const tensorOf = ({ name, dtype, shape }: PlacedEntry, bytes: Uint8Array): FileTensor => {
  const holder = HOLDERS.get(dtype);
  if (!holder) {
    throw new GradloomError("UNSUPPORTED", `no array of JavaScript holds elements of the type ${dtype}.`, {
      path: JSON.stringify(name.slice(0, 200)),
      remedy: "Convert the tensor before, for example to F32.",
    });
  }
  const { array, dtype: half } = holder;
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  const length = bytes.length / array.BYTES_PER_ELEMENT;
  const data = new array(aligned.buffer, aligned.byteOffset, length);
  return { data, shape, ...(half && { dtype: half }) };
};

/** Returns a tensor with one axis as a bare array; half-precision numbers stay a tensor, whose type they need. */
export const bare = (tensor: FileTensor): HostLeaf =>
  tensor.shape.length === 1 && tensor.dtype === undefined ? tensor.data : tensor;
