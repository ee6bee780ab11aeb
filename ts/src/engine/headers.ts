import { GradloomError } from "../error.ts";
import type { Bytes } from "./bytes.ts";
import { calling } from "./failure.ts";

/** The functions of both bindings for the headers of safetensors files: an 8-byte length, and JSON that describes the data after it. */
export interface HeaderBinding {
  headerLength(start: Uint8Array, fileLength: number): number;
  readHeader(json: Uint8Array, dataLength: number): string;
  writeHeader(entries: Uint8Array): Uint8Array;
}

/** A tensor in the header of a file. */
export interface TensorEntry {
  readonly name: string;
  /** The type of its elements, by the name that the format gives it: `BF16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What a header holds; `T` describes a tensor. */
export interface HeaderContents<T extends TensorEntry> {
  /** Texts by name, as pairs. */
  readonly metadata: readonly (readonly [name: string, text: string])[];
  readonly tensors: readonly T[];
}

/** A tensor in a file, with its place in the data in bytes. */
export interface PlacedEntry extends TensorEntry {
  readonly begin: number;
  readonly end: number;
}

/** The headers of safetensors files, which an engine checks and writes. */
export interface FileHeaders {
  /** Returns the length of the JSON of a file in bytes, from its first 8 bytes and its length. Throws INVALID_FILE. */
  length(start: Uint8Array, fileLength: number): number;
  /** Checks the JSON of a file completely, given the length of the data. Returns its tensors in the order of the data. Throws INVALID_FILE. */
  read(json: Uint8Array, dataLength: number): HeaderContents<PlacedEntry>;
  /** Returns the bytes of a file up to its data. */
  write(contents: HeaderContents<TensorEntry>): Bytes;
}

const REMEDIES = { LIMIT_EXCEEDED: "Use the native engine, or several smaller files." };

/** How a zip archive begins, and that what follows is no length of a header. */
const isZip = ([p, k, three, four, version]: Uint8Array): boolean =>
  p === 0x50 && k === 0x4b && three === 3 && four === 4 && version !== 0;

/** Throws where a file is what `torch.save` writes. */
const refuseZip = (start: Uint8Array): void => {
  if (!isZip(start)) return;
  throw new GradloomError("INVALID_FILE", "this is a zip archive, as torch.save writes it.", {
    path: "file",
    remedy: "Write the tensors with safetensors.torch.save_file(model.state_dict(), path).",
  });
};

/**
 * Makes the headers of a binding.
 *
 * @param bindingFor - returns the binding for so many bytes of JSON
 */
export const headersOf = (bindingFor: (bytes: number) => HeaderBinding): FileHeaders => ({
  length: (start, fileLength) => {
    refuseZip(start);
    return calling(() => bindingFor(8).headerLength(start, fileLength), REMEDIES);
  },
  read: (json, dataLength) =>
    JSON.parse(calling(() => bindingFor(json.length).readHeader(json, dataLength), REMEDIES)),
  write: (contents) => {
    const entries = new TextEncoder().encode(JSON.stringify(contents));
    return new Uint8Array(calling(() => bindingFor(entries.length).writeHeader(entries), REMEDIES));
  },
});
