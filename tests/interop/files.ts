import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { deserialize, type FileTensor, serialize } from "../../ts/src/safetensors/index.ts";

type Tensors = Readonly<Record<string, FileTensor>>;

/** Reads the tensors of a file. */
export const readTensors = (path: string): Tensors => deserialize(readFileSync(path)).tensors;

/** Writes tensors into a file, in a folder that is made for it. */
export const writeTensors = (path: string, tensors: Tensors): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, serialize(tensors));
};

/** Returns the types and shapes of tensors by name. */
export const formsOf = (tensors: Tensors = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape }]) => [name, `${data.constructor.name} [${shape}]`]),
  );
