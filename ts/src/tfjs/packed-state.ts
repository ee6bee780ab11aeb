import { GradloomError } from "../error.ts";
import { classOf } from "../pytree/dtype.ts";
import { isTensor } from "../pytree/leaf.ts";
import { MASKED, MaskedNode } from "../pytree/masked-node.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

/** An array of floats beside the JSON of a state, with its name; half-precision numbers are words. */
export interface PackedArray {
  readonly array: Float32Array | Uint16Array;
  readonly shape: readonly number[];
}

/** The key of an object in the JSON that stands for a value that JSON does not have. */
const KIND = "$gradloom";

const word = (value: unknown): string => (Object.is(value, -0) ? "-0" : String(value));

const isPlainNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

/** Arrays that JSON holds element by element. */
const LISTED: Readonly<Record<string, (words: readonly string[]) => ArrayBufferView>> = {
  Float64Array: (words) => Float64Array.from(words, Number),
  Int8Array: (words) => Int8Array.from(words, Number),
  Uint8Array: (words) => Uint8Array.from(words, Number),
  Uint8ClampedArray: (words) => Uint8ClampedArray.from(words, Number),
  Int16Array: (words) => Int16Array.from(words, Number),
  Int32Array: (words) => Int32Array.from(words, Number),
  Uint32Array: (words) => Uint32Array.from(words, Number),
  BigInt64Array: (words) => BigInt64Array.from(words, BigInt),
  BigUint64Array: (words) => BigUint64Array.from(words, BigInt),
};

const packArray = (
  array: ArrayBufferView,
  shape: readonly number[] | undefined,
  name: string,
  arrays: Map<string, PackedArray>,
): object => {
  const kind = classOf(array);
  if (array instanceof Float32Array || array instanceof Uint16Array) {
    arrays.set(name, { array, shape: shape ?? [array.length] });
    return { [KIND]: kind, name };
  }
  if (!Object.hasOwn(LISTED, kind)) throw unsupported(kind, name);
  return { [KIND]: kind, values: Array.from(array as unknown as ArrayLike<unknown>, word) };
};

const unsupported = (what: string, path: string): GradloomError =>
  new GradloomError("UNSUPPORTED", `${what} in the state cannot be saved.`, {
    path,
    remedy: "Keep numbers, strings, arrays and plain objects in the state of your transformation.",
  });

/** Returns a value as JSON has it. Its arrays of floats go into the map, by names that begin with the given one. */
export const pack = (value: unknown, name: string, arrays: Map<string, PackedArray>): unknown => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number")
    return isPlainNumber(value) ? value : { [KIND]: "number", value: word(value) };
  if (value === undefined) return { [KIND]: "undefined" };
  if (value instanceof MaskedNode) return { [KIND]: "masked" };
  if (ArrayBuffer.isView(value)) return packArray(value, undefined, name, arrays);
  if (isTensor(value)) {
    const { data, shape, dtype = null } = value;
    return { [KIND]: "tensor", data: packArray(data, shape, name, arrays), shape, dtype };
  }
  if (Array.isArray(value)) return value.map((child, i) => pack(child, join(name, i), arrays));
  if (!isPlainObject(value)) throw unsupported(show(value), name);
  const entries = Object.entries(value).map(([key, child]) => [key, pack(child, join(name, key), arrays)]);
  return Object.fromEntries(entries);
};

const malformed = (name: string): GradloomError =>
  new GradloomError("INVALID_STATE", "the saved state is malformed.", {
    path: name,
    remedy: "Pass the weights that getWeights of a gradloom optimizer returned, all of them.",
  });

/** Returns the value of which `pack` made some JSON. */
export const unpack = (json: unknown, arrays: ReadonlyMap<string, ArrayLike<number>>): unknown => {
  if (Array.isArray(json)) return json.map((child) => unpack(child, arrays));
  if (!isPlainObject(json)) return json;
  if (!Object.hasOwn(json, KIND)) {
    return Object.fromEntries(Object.entries(json).map(([key, child]) => [key, unpack(child, arrays)]));
  }
  const { [KIND]: kind, name, value, values, data, shape, dtype } = json;
  if (kind === "undefined") return undefined;
  if (kind === "masked") return MASKED;
  if (kind === "number") return Number(value);
  if (kind === "tensor") return { data: unpack(data, arrays), shape, ...(dtype !== null && { dtype }) };
  if (kind === "Float32Array" || kind === "Uint16Array") {
    const found = arrays.get(name as string);
    if (!found) throw malformed(String(name));
    return kind === "Float32Array" ? Float32Array.from(found) : Uint16Array.from(found);
  }
  if (typeof kind !== "string" || !Object.hasOwn(LISTED, kind) || !Array.isArray(values))
    throw malformed(String(kind));
  return (LISTED[kind] as (typeof LISTED)[string])(values as string[]);
};
