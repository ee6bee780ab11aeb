import { GradloomError } from "../error.ts";
import { transformation } from "../kernels/as-node.ts";
import { MOST_INTEGER, maybe, type OptionsOf, type Parsed, parse, unchecked } from "../options.ts";
import type { TransformationDescription } from "../plan/description.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { show } from "../show.ts";
import { Checkpoint } from "./checkpoint.ts";
import { isDescription } from "./compare-chains.ts";
import type { FileTensor } from "./elements.ts";
import { readPath } from "./file-system.ts";
import { requireOptimizer, requireParams } from "./fits.ts";
import { type FileContents, type Metadata, readBytes } from "./format.ts";
import { invalidFile, parseJson } from "./invalid-file.ts";
import { about, isPath, pathOf } from "./node-files.ts";
import { bytesOf } from "./plain.ts";
import { TEXTS, VERSION } from "./save.ts";
import { putTogether } from "./structure.ts";

const LOAD_OPTIONS = {
  /** The optimizer that is to resume: its state must have the structure of the saved one. Options that differ are in `differences`. */
  tx: maybe<GradientTransformation>(transformation),
  /** Parameters whose structure, shapes and dtypes the saved ones must have. */
  params: unchecked<unknown>(undefined),
};

/** The options of `load`. */
export interface LoadOptions<P, S> extends OptionsOf<typeof LOAD_OPTIONS> {
  /** The optimizer that is to resume: its state must have the structure of the saved one. Options that differ are in `differences`. */
  readonly tx?: GradientTransformation<S> | null | undefined;
  /** Parameters whose structure, shapes and dtypes the saved ones must have. */
  readonly params?: P | undefined;
}

const refuse = (message: string, remedy?: string): never => {
  throw invalidFile(message, remedy);
};

/** Returns a text of a checkpoint. Throws where the file is no checkpoint, or one of another version. */
const textOf = (metadata: Metadata, name: keyof typeof TEXTS): string => {
  const text = Object.hasOwn(metadata, TEXTS[name]) ? metadata[TEXTS[name]] : undefined;
  return text ?? refuse(`the text ${TEXTS[name]} is missing.`);
};

const requireVersion = (metadata: Metadata): void => {
  const version = Object.hasOwn(metadata, TEXTS.version) ? metadata[TEXTS.version] : undefined;
  if (version === undefined) {
    const remedy =
      "Read tensors that other programs wrote with loadFile or deserialize; fromTorch, fromOptax and others make a snapshot of them.";
    refuse("this file is no checkpoint.", remedy);
  }
  if (version === VERSION) return;
  throw new GradloomError(
    "UNSUPPORTED",
    `this is a checkpoint of version ${show(version)}, not ${VERSION}.`,
    { path: "file", remedy: "Use the version of gradloom that wrote it, or a newer one." },
  );
};

const stepOf = (metadata: Metadata): number => {
  const text = textOf(metadata, "step");
  const step = Number(text);
  return /^\d{1,10}$/.test(text) && step <= MOST_INTEGER
    ? step
    : refuse(`${show(text)} is no number of steps.`);
};

/** The tensors of a file, each of which belongs to one leaf. */
class Tensors {
  readonly #rest: Map<string, FileTensor>;

  constructor(tensors: FileContents["tensors"]) {
    this.#rest = new Map(Object.entries(tensors));
  }

  take(name: string): FileTensor {
    const found = this.#rest.get(name) ?? refuse(`the tensor ${show(name)} is missing.`);
    this.#rest.delete(name);
    return found;
  }

  /** Throws where a tensor belongs to no leaf. */
  refuseRest(): void {
    for (const name of this.#rest.keys())
      refuse(`the tensor ${show(name)} belongs to no part of the checkpoint.`);
  }
}

const chainOf = (metadata: Metadata): TransformationDescription | null => {
  const chain = putTogether(
    parseJson(textOf(metadata, "chain"), "the description of the optimizer"),
    "chain",
    () => refuse("the description of the optimizer has arrays."),
  );
  if (chain === null || isDescription(chain)) return chain;
  return refuse("the description of the optimizer is none.");
};

/** Makes a checkpoint of what a file holds. */
const checkpointOf = (
  { tensors, metadata }: FileContents,
  { tx, params: expected }: Parsed<typeof LOAD_OPTIONS>,
): Checkpoint => {
  requireVersion(metadata);
  const step = stepOf(metadata);
  const chain = chainOf(metadata);
  const left = new Tensors(tensors);
  const tree = (name: "params" | "state") =>
    putTogether(parseJson(textOf(metadata, name), `the structure of ${name}`), name, (tensor) =>
      left.take(tensor),
    );
  const [params, optState] = [tree("params"), tree("state")];
  left.refuseRest();
  if (expected !== undefined) requireParams(expected, params);
  const differences = tx ? requireOptimizer(tx, { params, optState, chain }) : [];
  const own = new Set<string>(Object.values(TEXTS));
  const texts = Object.entries(metadata).filter(([name]) => !own.has(name));
  const notes = {
    chain,
    differences,
    metadata: Object.assign(Object.create(null), Object.fromEntries(texts)),
  };
  return new Checkpoint(params, optState, step, notes);
};

/**
 * Loads what `save` has written, from bytes or in Node from a path. `gl.TrainState.create({ ...checkpoint, tx })` resumes.
 *
 * Arrays of a checkpoint from bytes are views of them; those from a path are read straight into new memory. In a page, call `gl.init` before.
 *
 * @param bytes - the bytes of a file; or the path of a file, of the index of a divided one, or of a folder that holds one of either
 * @throws GradloomError `INVALID_FILE` where it is no checkpoint, `UNSUPPORTED` where it is of another version, `INVALID_STATE` where
 *   another optimizer wrote it; where the state or the parameters have another structure, the error names the leaf
 * @example
 * import { load, save } from "gradloom/safetensors";
 * const tx = gl.sgd(0.1, { momentum: 0.9 });
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx });
 * const checkpoint = load(save(train), { tx: gl.sgd(0.05, { momentum: 0.9 }) });
 * console.log(checkpoint.differences[0].path); // scaleByLearningRate.learningRate
 */
// biome-ignore lint/suspicious/noExplicitAny: without options nothing is known of the types
export function load<P = any, S = any>(
  bytes: Uint8Array | ArrayBufferLike,
  options?: LoadOptions<P, S>,
): Checkpoint<P, S>;
// biome-ignore lint/suspicious/noExplicitAny: see above
export function load<P = any, S = any>(
  path: string | URL,
  options?: LoadOptions<P, S>,
): Promise<Checkpoint<P, S>>;
export function load(from: unknown, options?: LoadOptions<unknown, unknown>): unknown {
  const checked = () => parse("load", LOAD_OPTIONS, options as OptionsOf<typeof LOAD_OPTIONS> | undefined);
  if (!isPath(from)) return checkpointOf(readBytes(bytesOf(from, "load")), checked());
  return (async () => {
    const path = pathOf(from, "load");
    const parsedOptions = checked();
    const contents = await readPath(path);
    return about(path, async () => checkpointOf(contents, parsedOptions));
  })();
}
