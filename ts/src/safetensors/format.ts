import type { Bytes } from "../engine/bytes.ts";
import type { HeaderContents, PlacedEntry } from "../engine/headers.ts";
import { getHeaders } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import { type FileTensor, tensorOf, type Written } from "./elements.ts";

/** Texts that a file carries besides its tensors. */
export type Metadata = Readonly<Record<string, string>>;

/** What a file is to hold. */
export interface Contents {
  readonly metadata: Metadata;
  readonly tensors: readonly Written[];
}

/** What a file holds. */
export interface FileContents {
  /** The tensors by name. The record has no prototype: any name may occur. */
  readonly tensors: Readonly<Record<string, FileTensor>>;
  /** The texts by name. */
  readonly metadata: Metadata;
  /** The types of the elements by the names that the format gives them, such as `BOOL`. */
  readonly dtypes: Readonly<Record<string, string>>;
}

/** The bytes before the JSON of a header: its length. */
export const PREFIX = 8;

/** The name that the format keeps for its metadata. */
const RESERVED = "__metadata__";

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws where a text cannot be written as UTF-8. */
const refuseText = (text: string, path: string): void => {
  if (!LONE_SURROGATE.test(text)) return;
  throw new GradloomError("INVALID_HYPERPARAMETER", "this text has half a pair of surrogates.", {
    path,
    remedy: "Call toWellFormed() of the text.",
  });
};

/** Throws where a tensor cannot have a name. */
export const refuseName = (name: string, path: string): void => {
  refuseText(name, path);
  if (name !== RESERVED) return;
  throw new GradloomError("INVALID_TREE", "no tensor can have this name: the format keeps it for texts.", {
    path,
    remedy: "Pass texts as the option metadata, and give tensors other names.",
  });
};

/** The field of the option `metadata`. */
export const metadataField = {
  default: Object.freeze({}) as Metadata,
  check: (value: unknown, path: string): Metadata => {
    if (!isPlainObject(value)) {
      throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(value)}.`, {
        path,
        remedy: 'Pass an object of texts, such as { author: "me" }.',
      });
    }
    for (const [name, text] of Object.entries(value)) {
      const at = `${path}.${name}`;
      if (typeof text !== "string") {
        throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(text)}.`, {
          path: at,
          remedy: "Pass a string: the format holds nothing else.",
        });
      }
      refuseText(name, path);
      refuseText(text, at);
    }
    return value as Metadata;
  },
};

/** Returns the parts of a file in their order: its header, and the live bytes of each tensor. */
export const partsOf = ({ metadata, tensors }: Contents): readonly Uint8Array[] => {
  const headers = getHeaders();
  const entries = tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  const header = headers.write({ metadata: Object.entries(metadata), tensors: entries });
  const bytes = new Map(tensors.map((tensor) => [tensor.name, tensor.bytes]));
  const length = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
  const placed = headers.read(header.subarray(PREFIX), length).tensors;
  return [header, ...placed.map(({ name }) => bytes.get(name) as Uint8Array)];
};

/** Joins the parts of a file. */
export const joined = (parts: readonly Uint8Array[]): Bytes => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let file: Bytes;
  try {
    file = new Uint8Array(length);
  } catch (cause) {
    throw new GradloomError("OUT_OF_MEMORY", `there is no memory for a file of ${length} bytes.`, {
      path: "file",
      remedy: "Save to a path: that needs no memory.",
      cause,
    });
  }
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
};

/** Collects the tensors of one or more files. */
export class Collected implements FileContents {
  readonly tensors: Record<string, FileTensor> = Object.create(null);
  readonly metadata: Record<string, string> = Object.create(null);
  readonly dtypes: Record<string, string> = Object.create(null);

  describe({ metadata }: HeaderContents<PlacedEntry>): void {
    for (const [name, text] of metadata) this.metadata[name] = text;
  }

  add(entry: PlacedEntry, bytes: Uint8Array): void {
    this.tensors[entry.name] = tensorOf(entry, bytes);
    this.dtypes[entry.name] = entry.dtype;
  }
}

/** Reads a whole file from its bytes. Arrays are views of them where they are aligned. */
export const readBytes = (file: Uint8Array): FileContents => {
  const headers = getHeaders();
  const start = PREFIX + headers.length(file.slice(0, PREFIX), file.length);
  const data = file.subarray(start);
  const contents = headers.read(file.slice(PREFIX, start), data.length);
  const collected = new Collected();
  collected.describe(contents);
  for (const entry of contents.tensors) collected.add(entry, data.subarray(entry.begin, entry.end));
  return collected;
};
