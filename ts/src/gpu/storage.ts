import { DTYPES, type DType, type ElementArray } from "../pytree/dtype.ts";
import { operand, store } from "../pytree/operand.ts";
import type { GpuDtype } from "./gpu-plan.ts";

const NAMES: Readonly<Record<GpuDtype, DType>> = { f32: "float32", f16: "float16", bf16: "bfloat16" };

/** Returns the public name of a storage type. */
export const dtypeNamed = (dtype: GpuDtype): DType => NAMES[dtype];

/** Returns the size of some numbers on a device in bytes, a multiple of 4. */
export const bytesFor = (elements: number, dtype: GpuDtype): number =>
  Math.ceil((elements * DTYPES[NAMES[dtype]].bytes) / 4) * 4;

const converted = (array: ElementArray, from: DType, to: DType): ElementArray => {
  if (from === to) return array;
  const leaf = from === "float32" ? array : { data: array, shape: [array.length], dtype: from };
  return store(operand(leaf, "leaf").numbers, to);
};

/** Converts an array to the bytes that a device stores. */
export const toDevice = (array: ElementArray, dtype: DType, storage: GpuDtype): Uint8Array => {
  const { buffer, byteOffset, byteLength } = converted(array, dtype, NAMES[storage]);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (byteLength % 4 === 0) return bytes;
  const padded = new Uint8Array(bytesFor(array.length, storage));
  padded.set(bytes);
  return padded;
};

/** Copies an array, rounded to the storage of a device. */
export const asStored = (array: ElementArray, dtype: DType, storage: GpuDtype): ElementArray =>
  storage === "f32"
    ? array.slice()
    : fromDevice(toDevice(array, dtype, storage), array.length, storage, dtype);

/** Converts bytes of a device to an array, which may be a view of them. */
export const fromDevice = (
  bytes: Uint8Array,
  elements: number,
  storage: GpuDtype,
  dtype: DType,
): ElementArray => {
  const from = NAMES[storage];
  const array = new DTYPES[from].array(bytes.buffer, bytes.byteOffset, elements);
  return converted(array, from, dtype);
};
