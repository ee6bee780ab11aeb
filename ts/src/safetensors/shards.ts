import { GradloomError } from "../error.ts";
import type { Field } from "../options.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import type { Written } from "./elements.ts";
import type { Contents } from "./format.ts";
import { invalidFile } from "./invalid-file.ts";

/** The most bytes of tensors in one file unless the caller says otherwise: a file of this size can be read by WebAssembly too. */
const LARGEST = 4e9;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** The field of the option `maxShardSize`. */
export const shardSize: Field<number | string> = {
  default: LARGEST,
  check: (value, path) => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([KMG]?i?B?)$/i.exec(String(value)) ?? [];
    const bytes = Number(digits) * (UNITS[(unit ?? "").toUpperCase()] ?? Number.NaN);
    if (bytes >= 1) return bytes;
    throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(value)}.`, {
      path,
      remedy: 'Pass a number of bytes, or a text such as "5GB".',
    });
  },
};

/** Divides tensors into files, in their order: a file is full where the next tensor would make it larger than allowed. */
export const split = ({ metadata, tensors }: Contents, most: number): readonly Contents[] => {
  const files: Written[][] = [];
  let size = 0;
  for (const tensor of tensors) {
    if (files.length === 0 || size + tensor.bytes.length > most) {
      files.push([]);
      size = 0;
    }
    files.at(-1)?.push(tensor);
    size += tensor.bytes.length;
  }
  return files.length === 0 ? [{ metadata, tensors }] : files.map((part) => ({ metadata, tensors: part }));
};

/** Returns what the names of the parts of a file begin with: its own, without the ending of the format where it has that. */
export const baseOf = (name: string): string =>
  // The parts of `run` are not those of `run.safetensors`.
  name.endsWith(".safetensors") ? name.slice(0, -".safetensors".length) : `${name}.parts`;

/** Returns the name of the index of a file that was divided. */
export const indexOf = (name: string): string => `${name}.index.json`;

const numbered = (i: number): string => String(i).padStart(5, "0");

/** Returns the names of the parts of a file. */
export const shardNames = (base: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${base}-${numbered(i + 1)}-of-${numbered(count)}.safetensors`);

/** The ending of the base of every second save at a place: its parts must not replace those of the one before, which may still be needed. */
const SECOND = ".second";

/** Returns the base of the names of the next parts, given the names of those that are in use. */
export const nextBase = (base: string, used: ReadonlySet<string>): string =>
  [...used].some((name) => name.startsWith(`${base}-`)) ? `${base}${SECOND}` : base;

/** Returns whether a name is that of a part of a file, of whatever save. */
export const isShardOf = (base: string, name: string): boolean =>
  [base, `${base}${SECOND}`].some(
    (start) =>
      name.startsWith(`${start}-`) && /^\d{5,}-of-\d{5,}\.safetensors$/.test(name.slice(start.length + 1)),
  );

/** Returns the text of an index, as Hugging Face's libraries write it. */
export const writeIndex = (files: readonly Contents[], names: readonly string[]): string => {
  const places = files.flatMap(({ tensors }, i) =>
    tensors.map(({ name }) => [name, names[i] as string] as const),
  );
  const total = files.reduce(
    (sum, { tensors }) => tensors.reduce((all, { bytes }) => all + bytes.length, sum),
    0,
  );
  const sorted = places.sort(([a], [b]) => (a < b ? -1 : 1));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(sorted) };
  return `${JSON.stringify(index, null, 2)}\n`;
};

const brokenIndex = (what: string): GradloomError =>
  invalidFile(`this is not the index of a divided file: ${what}.`);

/** Returns the file of each tensor, from the parsed text of an index. Throws INVALID_FILE where it is none, or names a file elsewhere. */
export const readIndex = (index: unknown): ReadonlyMap<string, string> => {
  const [, map] =
    (isPlainObject(index) ? Object.entries(index) : []).find(([key]) => key === "weight_map") ?? [];
  if (!isPlainObject(map)) throw brokenIndex("it has no weight_map");
  return new Map(
    Object.entries(map).map(([name, file]) => {
      if (typeof file !== "string" || !/^[^/\\\0]+\.safetensors$/.test(file) || file.startsWith("."))
        throw brokenIndex(`${show(name)} is in no file beside it`);
      return [name, file];
    }),
  );
};
