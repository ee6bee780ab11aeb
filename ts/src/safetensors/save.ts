import type { Bytes } from "../engine/bytes.ts";
import { GradloomError } from "../error.ts";
import { asNode, transformation } from "../kernels/as-node.ts";
import { describeNode } from "../kernels/describe.ts";
import { MOST_INTEGER, maybe, type OptionsOf, type Parsed, parse } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import type { ReadonlyTree } from "../pytree/readonly-tree.ts";
import { show } from "../show.ts";
import type { DeviceTrainState } from "../train/device-train-state.ts";
import { LIVE, type Snapshot } from "../train/snapshot.ts";
import type { TrainState } from "../train/train-state.ts";
import { type Written, written } from "./elements.ts";
import { writePath } from "./file-system.ts";
import { type Contents, joined, metadataField, partsOf } from "./format.ts";
import { isPath, pathOf } from "./node-files.ts";
import { shardSize } from "./shards.ts";
import { takeApart } from "./structure.ts";

/** The version of the form of checkpoints. Readers refuse all others. */
export const VERSION = "1";

/** What the names of the library's own texts in a file begin with. */
const OWN = "gradloom.";

/** The names of the texts of a checkpoint. */
export const TEXTS = {
  version: `${OWN}checkpoint`,
  step: `${OWN}step`,
  params: `${OWN}params`,
  state: `${OWN}state`,
  chain: `${OWN}chain`,
} as const;

const SAVE_OPTIONS = {
  /** Texts that the file carries as well, such as a note; names that begin with `gradloom.` are taken. */
  metadata: metadataField,
  /** The optimizer, where a snapshot is saved: its description goes into the file. A training state knows its own. */
  tx: maybe<GradientTransformation>(transformation),
};

const SAVE_PATH_OPTIONS = {
  ...SAVE_OPTIONS,
  /** The most bytes of tensors in one file, a number or a text such as "5GB": more are divided into several files with an index. */
  maxShardSize: shardSize,
};

/** The options of `save` for bytes. */
export type SaveOptions = OptionsOf<typeof SAVE_OPTIONS>;
/** The options of `save` for a path. */
export type SavePathOptions = OptionsOf<typeof SAVE_PATH_OPTIONS>;

/** A training state in the memory of the host, or what it was at some step. */
// biome-ignore lint/suspicious/noExplicitAny: training states of any type
export type Saveable = Pick<TrainState<any, any>, "step" | "snapshot" | "tx"> | Snapshot<any, any>;
/** A training state on a device. */
// biome-ignore lint/suspicious/noExplicitAny: training states of any type
export type DeviceSaveable = Pick<DeviceTrainState<any, any>, "readParams" | "snapshot" | "tx">;

/** Parameters, state and step, perhaps live, and the optimizer where it is known. */
interface Source extends Snapshot<unknown, unknown> {
  readonly tx?: GradientTransformation | undefined;
}

interface Live {
  readonly [LIVE]?: () => Snapshot<ReadonlyTree<unknown>, unknown>;
  readonly tx: GradientTransformation;
}

const isDevice = (train: unknown): train is DeviceSaveable =>
  typeof (train as Partial<DeviceSaveable> | null | undefined)?.readParams === "function";

/** Returns what is to be saved: that of a training state live, that of a device read into new arrays. */
const sourceOf = (train: unknown): Source | Promise<Source> => {
  const live = (train as Partial<Live> | null | undefined)?.[LIVE];
  if (live) return { ...live.call(train as Live), tx: (train as Live).tx };
  if (isDevice(train)) return train.snapshot().then((snapshot) => ({ ...snapshot, tx: train.tx }));
  const { params, optState, step } = (train ?? {}) as Partial<Source>;
  const isStep = Number.isInteger(step) && (step as number) >= 0 && (step as number) <= MOST_INTEGER;
  if (params === undefined || optState === undefined || !isStep) {
    throw new GradloomError("INVALID_STATE", `got ${show(train)} without params, optState and step.`, {
      path: "save.train",
      remedy: "Pass a TrainState, or { params, optState, step }.",
    });
  }
  return { params, optState, step: step as number };
};

const refuseOwn = (metadata: Contents["metadata"]): void => {
  const taken = Object.keys(metadata).find((name) => name.startsWith(OWN));
  if (taken === undefined) return;
  throw new GradloomError("INVALID_HYPERPARAMETER", "checkpoints keep this name for themselves.", {
    path: `save.metadata.${taken}`,
    remedy: `Choose one that does not begin with ${OWN}`,
  });
};

const refuseLeaf = (): never => {
  throw new GradloomError("INTERNAL", "a description has no arrays.", {
    path: "tx",
    remedy: "Please report this.",
  });
};

/** Returns what the file of a checkpoint is to hold: live bytes of its leaves, and its texts. */
const contentsOf = (source: Source, { metadata, tx: given }: Parsed<typeof SAVE_OPTIONS>): Contents => {
  refuseOwn(metadata);
  const tensors: Written[] = [];
  const put = (name: string, leaf: unknown, path: string) => {
    tensors.push(written(name, leaf, path));
  };
  const params = takeApart(source.params, "params", "params", put);
  const state = takeApart(source.optState, "state", "optState", put);
  const tx = given ?? source.tx;
  const chain = tx ? takeApart(describeNode(asNode(tx, "save.tx")), "chain", "tx", refuseLeaf) : null;
  const texts = {
    format: "gradloom",
    ...metadata,
    [TEXTS.version]: VERSION,
    [TEXTS.step]: String(source.step),
    [TEXTS.params]: JSON.stringify(params),
    [TEXTS.state]: JSON.stringify(state),
    [TEXTS.chain]: JSON.stringify(chain),
  };
  return { metadata: texts, tensors };
};

/** Returns what the file of a training state is to hold: live where the state is in the memory of the host. */
const contentsFrom = (train: unknown, options: Parsed<typeof SAVE_OPTIONS>): Contents | Promise<Contents> => {
  const source = sourceOf(train);
  return source instanceof Promise
    ? source.then((read) => contentsOf(read, options))
    : contentsOf(source, options);
};

/** Writes a checkpoint to a file: that of a state on the host before anything is awaited. */
export const saveAt = async (
  file: string,
  train: unknown,
  options: SavePathOptions | undefined,
): Promise<readonly string[]> => {
  const parsed = parse("save", SAVE_PATH_OPTIONS, options, ["path", "train"]);
  const found = contentsFrom(train, parsed);
  const contents = found instanceof Promise ? await found : found;
  return writePath(file, contents, parsed.maxShardSize as number);
};

/**
 * Saves parameters, the optimizer's state and the step as one safetensors file: as bytes, or at a path in Node.
 *
 * The tensors are `params/<path>` and `state/<path>`; the texts of the file hold the structure of both trees, numbers and all, so that
 * everything comes back exactly. Functions, such as schedules and masks, are not saved: the file describes the optimizer, and `load`
 * compares it with the one that is given.
 *
 * At a path, what the state is at the call is written, synchronously and without a copy in memory; the promise waits for the disk, and
 * training may go on meanwhile. A state on a device is read first: wait for the promise before the next step. Readers see the former file
 * until the new one is complete, also where the program is killed. One program at a time writes a file.
 *
 * @param train - a TrainState, on a device too, or a snapshot of one
 * @returns the bytes of the file, a promise of them for a state on a device; for a path a promise of the paths of the files
 * @throws GradloomError `STEP_IN_PROGRESS` during a step, `INVALID_STATE` where a value cannot be saved, `FILE_UNAVAILABLE` where the
 *   system cannot write
 * @example
 * import { load, save } from "gradloom/safetensors";
 * const tx = gl.adamw(1e-3);
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx });
 * const bytes = save(train); // await save("run.safetensors", train) in Node
 * const resumed = gl.TrainState.create({ ...load(bytes, { tx }), tx });
 * console.log(resumed.params.w); // Float32Array(2) [ 1, 2 ]
 */
export function save(train: DeviceSaveable, options?: SaveOptions): Promise<Bytes>;
export function save(train: Saveable, options?: SaveOptions): Bytes;
export function save(
  path: string | URL,
  train: Saveable | DeviceSaveable,
  options?: SavePathOptions,
): Promise<readonly string[]>;
export function save(first: unknown, second?: unknown, third?: SavePathOptions): unknown {
  if (isPath(first)) return (async () => saveAt(pathOf(first, "save"), second, third))();
  if (isPath(second)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "the path comes first.", {
      path: "save.path",
      remedy: 'Write save("run.safetensors", train).',
    });
  }
  const options = parse("save", SAVE_OPTIONS, second as SaveOptions | undefined, ["train"]);
  const toBytes = (contents: Contents) => joined(partsOf(contents));
  const contents = contentsFrom(first, options);
  return contents instanceof Promise ? contents.then(toBytes) : toBytes(contents);
}
