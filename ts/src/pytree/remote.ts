import { GradloomError } from "../error.ts";
import { DTYPES, type DType, type ElementArray } from "./dtype.ts";

const REMOTE = new WeakSet<object>();

/** The properties that can be read without the elements. */
const KNOWN = new Set<string | symbol>(["constructor", "BYTES_PER_ELEMENT", Symbol.toStringTag]);

const isIndex = (name: string | symbol): boolean => typeof name === "string" && /^\d+$/.test(name);

/**
 * Makes a stand-in for an array on a device: it has a length, and throws UNSUPPORTED where its elements are read.
 *
 * @param path - the path of the leaf, for the error
 */
export const remoteArray = (length: number, path: string, dtype: DType = "float32"): ElementArray => {
  const refuse = (): never => {
    throw new GradloomError("UNSUPPORTED", "the values of this leaf are on a device.", {
      path,
      remedy: "Let masks and labels depend on paths and shapes, or pass typed arrays.",
    });
  };
  const array = new Proxy(new DTYPES[dtype].array(0), {
    get(target, name) {
      if (name === "length") return length;
      if (name === "byteLength") return length * target.BYTES_PER_ELEMENT;
      if (KNOWN.has(name)) return Reflect.get(target, name, target);
      return name in target || isIndex(name) ? refuse() : undefined;
    },
    ownKeys: refuse,
    set: refuse,
  });
  REMOTE.add(array);
  return array;
};

/** Returns whether a value is a typed array, or a stand-in for one on a device. */
export const isArray = (value: unknown): value is ArrayBufferView =>
  ArrayBuffer.isView(value) || (typeof value === "object" && value !== null && REMOTE.has(value));
