import type { Bytes } from "../engine/bytes.ts";
import { GradloomError } from "../error.ts";
import { type Field, type OptionsOf, parse, unchecked } from "../options.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import type { HostLeaf } from "../pytree/tree-type.ts";
import { show } from "../show.ts";
import { written } from "./elements.ts";
import { readPath, writePath } from "./file-system.ts";
import {
  type Contents,
  type FileContents,
  joined,
  metadataField,
  partsOf,
  readBytes,
  refuseName,
} from "./format.ts";
import { pathOf } from "./node-files.ts";
import { shardSize } from "./shards.ts";

/** Tensors by name: typed arrays, or arrays with a shape. */
export type NamedTensors = Readonly<Record<string, HostLeaf>>;

const SERIALIZE_OPTIONS = {
  /** Texts that the file carries besides its tensors. */
  metadata: metadataField,
  /** The types that bytes have in the file by the names of their tensors, such as `{ mask: "BOOL" }`; by default `U8`. */
  dtypes: unchecked<Readonly<Record<string, string>> | null>(null) as Field<Readonly<
    Record<string, string>
  > | null>,
};

const SAVE_FILE_OPTIONS = {
  ...SERIALIZE_OPTIONS,
  /** The most bytes of tensors in one file, a number or a text such as "5GB": more are divided into several files with an index. */
  maxShardSize: shardSize,
};

/** The options of `serialize`. */
export type SerializeOptions = OptionsOf<typeof SERIALIZE_OPTIONS>;
/** The options of `saveFile`. */
export type SaveFileOptions = OptionsOf<typeof SAVE_FILE_OPTIONS>;

const contentsOf = (
  owner: string,
  tensors: unknown,
  {
    metadata,
    dtypes,
  }: { readonly metadata: Contents["metadata"]; readonly dtypes: Readonly<Record<string, string>> | null },
): Contents => {
  if (!isPlainObject(tensors)) {
    throw new GradloomError("INVALID_TREE", `got ${show(tensors)}.`, {
      path: `${owner}.tensors`,
      remedy:
        'Pass an object of tensors by their names, such as gl.traverse.flattenDict(params, { sep: "." }).',
    });
  }
  const types = new Map(Object.entries(dtypes ?? {}));
  const entries = Object.entries(tensors).map(([name, leaf]) => {
    const path = `tensors[${JSON.stringify(name)}]`;
    refuseName(name, path);
    const asked = types.get(name);
    types.delete(name);
    return written(name, leaf, path, asked);
  });
  const [unknown] = types.keys();
  if (unknown === undefined) return { metadata, tensors: entries };
  throw new GradloomError("UNKNOWN_OPTION", "there is no tensor of this name.", {
    path: `${owner}.dtypes[${JSON.stringify(unknown)}]`,
    remedy: "Name tensors that are written.",
  });
};

/** Returns bytes that a caller gives as an array or a buffer. */
export const bytesOf = (given: unknown, owner: string): Uint8Array => {
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const kind = Object.prototype.toString.call(given);
  if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]")
    return new Uint8Array(given as ArrayBuffer);
  throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(given)}.`, {
    path: `${owner}.bytes`,
    remedy: "Pass the bytes of a file: a Uint8Array or an ArrayBuffer.",
  });
};

/**
 * Returns the bytes of a safetensors file with some tensors. In a page, call `gl.init` before.
 *
 * @param tensors - typed arrays, which are written as vectors, and arrays with a shape by name, half-precision ones among them
 * @throws GradloomError `DTYPE_MISMATCH` where the format has no type for an array, `INVALID_TREE` where a value is no array
 * @example
 * import { deserialize, serialize } from "gradloom/safetensors";
 * const file = serialize({ "layer.weight": gl.tensor(new Float32Array(6), [2, 3]) }, { metadata: { format: "pt" } });
 * console.log(deserialize(file).tensors["layer.weight"].shape); // [2, 3]
 */
export const serialize = (tensors: NamedTensors, options?: SerializeOptions): Bytes =>
  joined(partsOf(contentsOf("serialize", tensors, parse("serialize", SERIALIZE_OPTIONS, options))));

/**
 * Reads a safetensors file from its bytes. Arrays are views of the bytes where these are aligned for them, as all common writers do. In a page, call `gl.init` before.
 *
 * Booleans and floats of 8 bits come as a `Uint8Array`; `dtypes` tells them apart.
 *
 * @param bytes - the whole file
 * @throws GradloomError `INVALID_FILE` where they are no safetensors file, `UNSUPPORTED` where JavaScript has no array for a type
 * @example
 * import { deserialize, serialize } from "gradloom/safetensors";
 * const { tensors, metadata } = deserialize(serialize({ w: new Float32Array([1, 2]) }, { metadata: { by: "me" } }));
 * console.log(tensors.w.data, metadata.by); // Float32Array(2) [ 1, 2 ] me
 */
export const deserialize = (bytes: Uint8Array | ArrayBufferLike): FileContents =>
  readBytes(bytesOf(bytes, "deserialize"));

/**
 * Writes a safetensors file, or several with an index, `model.safetensors.index.json`, where one would be larger than `maxShardSize`.
 *
 * What the arrays hold at the call is written, synchronously and without a copy in memory; the promise waits for the disk. Readers see
 * the former file until the new one is complete, also where the program is killed. One program at a time writes a file.
 *
 * @param path - the file: `model.safetensors`
 * @returns the paths of the files
 * @throws GradloomError like `serialize`; `FILE_UNAVAILABLE` where the system cannot write
 * @example
 * import { loadFile, saveFile } from "gradloom/safetensors";
 * await saveFile("model.safetensors", { w: new Float32Array([1, 2]) });
 * console.log((await loadFile("model.safetensors")).tensors.w.data); // Float32Array(2) [ 1, 2 ]
 */
export const saveFile = async (
  path: string | URL,
  tensors: NamedTensors,
  options?: SaveFileOptions,
): Promise<readonly string[]> => {
  const file = pathOf(path, "saveFile");
  const parsed = parse("saveFile", SAVE_FILE_OPTIONS, options);
  return writePath(file, contentsOf("saveFile", tensors, parsed), parsed.maxShardSize as number);
};

/**
 * Reads a safetensors file, or all of a divided one, straight into new arrays.
 *
 * @param path - the file, the index of a divided one, or a folder that holds one of either
 * @throws GradloomError `INVALID_FILE` where it is no safetensors file, `FILE_UNAVAILABLE` where the system cannot read
 * @example
 * import { loadFile, saveFile } from "gradloom/safetensors";
 * await saveFile("large.safetensors", { a: new Float32Array(8), b: new Float32Array(8) }, { maxShardSize: 32 });
 * const { tensors } = await loadFile("large.safetensors.index.json");
 * console.log(Object.keys(tensors)); // ["a", "b"]
 */
export const loadFile = async (path: string | URL): Promise<FileContents> =>
  readPath(pathOf(path, "loadFile"));
