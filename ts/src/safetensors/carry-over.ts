import { GradloomError } from "../error.ts";
import { transformation } from "../kernels/as-node.ts";
import { type Field, type OptionsOf, parse, required, unchecked } from "../options.ts";
import { isLikeLeaf } from "../plan/state-form.ts";
import type { Bind, GradientTransformation } from "../plan/transformation.ts";
import { dataOf, isLeaf, isTensor, type Leaf } from "../pytree/leaf.ts";
import { flatten, isEmptyNode } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import { type Rename, renaming } from "./rename.ts";
import { type Keys, pathAt, plain, replace, visit } from "./walk.ts";

const OPTIONS = {
  /** The new paths of renamed parts, such as `{ encoder: "backbone" }`, whose whole content moves; or a function from an old path of a leaf to the new one. */
  rename: unchecked<Rename | null>(null) as Field<Rename | null>,
};

/** The options of `carryOver`. */
export interface CarryOverOptions<P, S> extends OptionsOf<typeof OPTIONS> {
  /** The new parameters: what the checkpoint has takes the place of theirs. */
  readonly params: P;
  /** The optimizer of the new parameters. */
  readonly tx: GradientTransformation<S>;
}

/** What is known of a checkpoint whose parts are carried over. */
export interface Carried {
  readonly params: unknown;
  readonly optState: unknown;
  readonly step: number;
}

/** The paths of the leaves and numbers that `carryOver` has kept, made fresh and dropped: `params.dense1.kernel`, `optState[0].count`. */
export interface CarryOverReport {
  /** What comes from the checkpoint, by its new path. */
  readonly kept: readonly string[];
  /** What is new, or has another shape or type than in the checkpoint. */
  readonly fresh: readonly string[];
  /** What the checkpoint has and the result has not, by its old path. */
  readonly dropped: readonly string[];
}

/**
 * Parameters and a state that were made from parts of a checkpoint: `gl.TrainState.create({ ...carried, tx })` goes on from them.
 *
 * @example
 * import { carryOver } from "gradloom/safetensors";
 * const tx = gl.sgd(1);
 * const former = gl.TrainState.create({ params: { w: new Float32Array([3]) }, tx });
 * const params = { w: new Float32Array(1), added: new Float32Array([5]) };
 * const carried = carryOver(former.snapshot(), { params, tx });
 * console.log(carried.kept, carried.fresh); // [ 'params.w' ] [ 'params.added' ]
 * console.log(gl.TrainState.create({ ...carried, tx }).params.w[0]); // 3
 */
// biome-ignore lint/suspicious/noExplicitAny: the types of a checkpoint are known when it is read
export class CarriedOver<P = any, S = any> implements CarryOverReport {
  readonly params: P;
  readonly optState: Bind<S, P>;
  /** The number of steps taken. */
  readonly step: number;
  readonly #report: CarryOverReport;

  /** @internal */
  constructor(params: P, optState: Bind<S, P>, step: number, report: CarryOverReport) {
    this.params = params;
    this.optState = optState;
    this.step = step;
    this.#report = report;
  }

  /** The paths of what comes from the checkpoint. */
  get kept(): readonly string[] {
    return this.#report.kept;
  }

  /** The paths of what is new, or has another shape or type than in the checkpoint. */
  get fresh(): readonly string[] {
    return this.#report.fresh;
  }

  /** The paths in the checkpoint of what has no place any more. */
  get dropped(): readonly string[] {
    return this.#report.dropped;
  }
}

/** Returns whether a value of a checkpoint can stand in the place of another one. */
const fits = (old: unknown, now: unknown): boolean =>
  isLeaf(now) ? isLikeLeaf(now, old) : typeof old === typeof now && !isLeaf(old);

/** Returns a kept leaf in the form of the new one: a bare array stays bare. */
const inFormOf = (old: unknown, now: unknown): unknown => {
  if (!isLeaf(now) || isTensor(now) === isTensor(old)) return old;
  return isTensor(now) ? { ...now, data: dataOf(old as Leaf) } : dataOf(old as Leaf);
};

/** Returns the old leaves of the parameters by their new paths. */
const leavesByNewPath = (
  params: unknown,
  rename: Rename | null,
): Map<string, { keys: Keys; leaf: unknown }> => {
  const old: { keys: Keys; leaf: unknown }[] = [];
  visit(params, (leaf, keys) => old.push({ keys, leaf }));
  const newPath = renaming(
    rename,
    old.map(({ keys }) => plain(keys)),
  );
  const found = new Map<string, { keys: Keys; leaf: unknown }>();
  for (const entry of old) {
    const path = newPath(plain(entry.keys));
    if (path === null) continue;
    if (typeof path !== "string" || found.has(path)) {
      const message =
        typeof path === "string" ? `two leaves would be ${path}.` : `got ${show(path)} for a path.`;
      throw new GradloomError("INVALID_HYPERPARAMETER", message, {
        path: pathAt("carryOver.rename", entry.keys),
        remedy: "Give each leaf a path of its own; null drops it.",
      });
    }
    found.set(path, entry);
  }
  return found;
};

/** Makes the function that returns whether the part of a state below some keys is a tree like the parameters, perhaps with masks. */
const treesLike = (leaves: ReadonlyMap<string, Keys>, state: unknown): ((keys: Keys) => boolean) => {
  const known = new Map<string, boolean>();
  const at = (node: unknown, keys: Keys): unknown => {
    for (const key of keys) {
      if (isEmptyNode(node)) return node;
      if (isLeaf(node) || typeof node !== "object") return undefined;
      node = Object.hasOwn(node as object, key) ? (node as Record<string | number, unknown>)[key] : undefined;
    }
    return node;
  };
  return (keys) => {
    const path = plain(keys);
    const found = known.get(path);
    if (found !== undefined) return found;
    const part = at(state, keys);
    const isLike = [...leaves.values()].every((leaf) => at(part, leaf) !== undefined);
    known.set(path, isLike);
    return isLike;
  };
};

/** The parts that were kept, made fresh and used. */
class Report {
  readonly kept: string[] = [];
  readonly fresh: string[] = [];
  readonly used = new Set<string>();

  /** Takes an old value in place of a new one where it fits, and records that. */
  choose(
    path: string,
    now: unknown,
    old: { readonly path: string; readonly value: unknown } | undefined,
  ): unknown {
    if (old === undefined || !fits(old.value, now)) {
      this.fresh.push(path);
      return now;
    }
    this.kept.push(path);
    this.used.add(old.path);
    return inFormOf(old.value, now);
  }
}

/** Throws where this is no checkpoint: all of the result would be fresh. */
const requireCheckpoint = (checkpoint: unknown): void => {
  const { params, optState, step } = (checkpoint ?? {}) as Partial<Carried>;
  if (params !== undefined && optState !== undefined && Number.isInteger(step)) return;
  const isPromise = checkpoint instanceof Promise;
  const message = isPromise
    ? "this is the promise of a checkpoint."
    : `got ${show(checkpoint)} without params, optState and step.`;
  throw new GradloomError("INVALID_STATE", message, {
    path: "carryOver.checkpoint",
    remedy: isPromise
      ? "Await it: carryOver(await load(path), { params, tx })."
      : "Pass what load returns, or { params, optState, step }.",
  });
};

/**
 * Goes on with changed parameters: takes from a checkpoint what fits the new parameters and their optimizer, and makes the rest fresh.
 *
 * A leaf is kept where the checkpoint has one of the same path, shape and type, and so is what the state has for it. A leaf that is new, or has
 * another shape, keeps the value that it has in `params`, and its state is that before the first step. Counts and other numbers of the state are
 * kept. Nothing is copied: arrays of the result are those of the checkpoint and of `params`, and `TrainState.create` copies them.
 *
 * @param checkpoint - what `load` returns, or a snapshot
 * @returns the parameters, the state and the step, and three lists of paths: `kept`, `fresh` and `dropped`
 * @throws GradloomError `INVALID_HYPERPARAMETER` where `rename` names a part that the checkpoint has not, or gives two leaves one path,
 *   `INVALID_STATE` where `checkpoint` is none
 * @example
 * import { carryOver, load, save } from "gradloom/safetensors";
 * const old = { encoder: { w: new Float32Array([1, 2]) } };
 * const train = gl.TrainState.create({ params: old, tx: gl.adam(0.1) });
 * const params = { backbone: { w: new Float32Array(2) }, head: { w: new Float32Array(3) } };
 * const tx = gl.adam(0.1);
 * const carried = carryOver(load(save(train)), { params, tx, rename: { encoder: "backbone" } });
 * const next = gl.TrainState.create({ ...carried, tx });
 * console.log(next.params.backbone.w, carried.fresh[0]); // Float32Array(2) [ 1, 2 ] params.head.w
 */
export const carryOver = <P, S>(checkpoint: Carried, options: CarryOverOptions<P, S>): CarriedOver<P, S> => {
  const { params, tx, ...rest } = options ?? {};
  const { rename } = parse("carryOver", OPTIONS, rest);
  requireCheckpoint(checkpoint);
  required("carryOver", "tx", transformation, tx);
  if (params === undefined) {
    throw new GradloomError("INVALID_TREE", "there are no new parameters.", {
      path: "carryOver.params",
      remedy: "Pass the parameters of the changed model, as they are before training.",
    });
  }
  if (checkpoint?.params === undefined || checkpoint.optState === undefined) {
    throw new GradloomError("INVALID_STATE", `got ${show(checkpoint)} without params and optState.`, {
      path: "carryOver.checkpoint",
      remedy: "Pass what load returns, awaited where it reads a path: carryOver(await load(path), …).",
    });
  }
  flatten(params, "params");
  const leaves = new Map<string, Keys>();
  visit(params, (_, keys) => leaves.set(plain(keys), keys));
  const oldLeaves = leavesByNewPath(checkpoint.params, rename);
  const report = new Report();
  /** The old keys of each new leaf that is kept. */
  const oldKeys = new Map<string, Keys>();
  const nextParams = replace(params, (leaf, keys) => {
    const found = oldLeaves.get(plain(keys));
    const old = found && { path: pathAt("params", found.keys), value: found.leaf };
    const next = report.choose(pathAt("params", keys), leaf, old);
    if (found && report.used.has(pathAt("params", found.keys))) oldKeys.set(plain(keys), found.keys);
    return next;
  });

  const oldState = new Map<string, unknown>();
  visit(checkpoint.optState, (value, keys) => oldState.set(pathAt("optState", keys), value));
  const initial: unknown = tx.init(nextParams as never);
  const likeParams = treesLike(leaves, initial);
  /** Returns the old path of a value of the state: one that belongs to a leaf of the parameters moves with it. */
  const oldPathOf = (keys: Keys): string | undefined => {
    for (let start = 0; start <= keys.length; start++) {
      const [above, below] = [keys.slice(0, start), plain(keys.slice(start))];
      if (!leaves.has(below) || !likeParams(above)) continue;
      const before = oldKeys.get(below);
      return before && pathAt("optState", [...above, ...before]);
    }
    return pathAt("optState", keys);
  };
  const optState = replace(initial, (value, keys) => {
    const path = oldPathOf(keys);
    const old = path !== undefined && oldState.has(path) ? { path, value: oldState.get(path) } : undefined;
    return report.choose(pathAt("optState", keys), value, old);
  });

  const dropped: string[] = [];
  const listUnused = (root: string) => (_: unknown, keys: Keys) => {
    const path = pathAt(root, keys);
    if (!report.used.has(path)) dropped.push(path);
  };
  visit(checkpoint.params, listUnused("params"));
  visit(checkpoint.optState, listUnused("optState"));
  return new CarriedOver(nextParams as P, optState as Bind<S, P>, checkpoint.step, {
    kept: report.kept,
    fresh: report.fresh,
    dropped,
  });
};
