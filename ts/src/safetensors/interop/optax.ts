import { GradloomError } from "../../error.ts";
import { type OptionsOf, parse } from "../../options.ts";
import type { Bind } from "../../plan/transformation.ts";
import { Ancestors } from "../../pytree/ancestors.ts";
import { isContainer, mapChildren } from "../../pytree/children.ts";
import { isLeaf, type Leaf, shapeOf } from "../../pytree/leaf.ts";
import { typeName } from "../../pytree/named.ts";
import { isShape, sizeOf } from "../../pytree/shape.ts";
import { join } from "../../pytree/tree-def.ts";
import type { Snapshot } from "../../train/snapshot.ts";
import { readModel, writeModel } from "./model.ts";
import {
  freshState,
  type Into,
  NAMING_OPTIONS,
  type NamingOptions,
  namingOf,
  READ_OPTIONS,
} from "./options.ts";
import { Parameters } from "./parameters.ts";
import { requireTypes } from "./require-types.ts";
import { TensorSource, type Tensors } from "./tensor-source.ts";
import { type Form, leafFrom, numberFrom, scalarTensor, tensorFrom } from "./tensors.ts";

/** Parameters and the state of their optimizer as Flax names them, `/` between keys: what two safetensors files hold. */
export interface OptaxCheckpoint {
  /** The parameters: `dense1/kernel`. Where they are absent, reading takes those that it is given. */
  readonly model?: Tensors | undefined;
  /** The state in the layout of `flax.serialization`: `0/count`, `0/mu/dense1/kernel`. */
  readonly optimizer: Tensors;
}

const SEPARATOR = "/";

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Numbers of these names are int32 in Optax, the others float32. */
const INTEGERS = /(count|step|^idx)$/i;

/** A value of a state: an array, a number or a flag. */
type Value = Leaf | number | boolean;

/** Its name in Flax, its path here for errors, and its keys below the state that it belongs to: those of a parameter, if it has one. */
interface Place {
  readonly name: string;
  readonly path: string;
  readonly field: string;
  readonly keys: readonly string[];
}

/** Maps the values of a state, each with its place. What holds no values, such as a masked leaf, stays as it is. */
const mapState = (
  state: unknown,
  parameters: Parameters,
  visit: (value: Value, place: Place) => unknown,
): unknown => {
  const above = new Ancestors();
  const walk = (node: unknown, prefix: readonly string[], keys: readonly string[], path: string): unknown => {
    if (isLeaf(node) || typeof node === "number" || typeof node === "boolean") {
      const own = parameters.at(keys);
      const named = own === undefined ? keys : own.name === "" ? [] : [own.name];
      return visit(node, {
        name: [...prefix, ...named].join(SEPARATOR),
        path,
        keys,
        field: `${prefix.at(-1)}`,
      });
    }
    if (!isContainer(node)) return node;
    above.enter(node, path);
    const isState = typeName(node) !== undefined;
    const isRecord = /^hyperparams/.test(prefix.at(-1) ?? "") && keys.length === 0;
    const mapped = mapChildren(node, (child, key) => {
      const at = join(path, key);
      if (isState || isRecord) return walk(child, [...prefix, ...keys, snake(`${key}`)], [], at);
      return walk(child, prefix, [...keys, `${key}`], at);
    });
    above.leave(node);
    return mapped;
  };
  return walk(state, [], [], "optState");
};

/** Returns the form of an array in a state: that of its parameter where it has the same shape. */
const formOf = (leaf: Leaf, keys: readonly string[], parameters: Parameters, path: string): Form => {
  const shape = shapeOf(leaf, path);
  const own = parameters.at(keys);
  if (own && isShape(own.shape, shape)) return own;
  if (!own?.axes || sizeOf(shape) <= 1) return { shape, axes: undefined };
  throw new GradloomError(
    "UNSUPPORTED",
    `shape [${shape}] is not that of its parameter, which axes reorders.`,
    {
      path,
      remedy: "Leave axes out, and transpose the parameters on both sides alike.",
    },
  );
};

/** The options of `toOptax`. */
export type ToOptaxOptions = NamingOptions;

/**
 * Writes a snapshot as Flax writes parameters and the state of an Optax optimizer: names from `flax.serialization.to_state_dict`, flattened
 * with `/`. The optimizer is the one of the same name in Optax, or the same chain.
 *
 * @param snapshot - of a TrainState
 * @throws GradloomError where two parameters get the same name, or `axes` does not fit one
 * @example
 * import { toOptax } from "gradloom/safetensors";
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx: gl.adam(0.1) });
 * console.log(Object.keys(toOptax(train.snapshot()).optimizer)); // [ '0/count', '0/mu/w', '0/nu/w' ]
 */
export const toOptax = (
  snapshot: Snapshot<unknown, unknown>,
  options?: ToOptaxOptions,
): Required<OptaxCheckpoint> & { readonly model: Tensors } => {
  const { params, optState } = snapshot;
  requireTypes(optState);
  const parameters = new Parameters(params, SEPARATOR, namingOf(parse("toOptax", NAMING_OPTIONS, options)));
  const tensors: [string, Tensors[string]][] = [];
  mapState(optState, parameters, (value, { name, path, keys, field }) => {
    tensors.push([
      name,
      typeof value === "boolean"
        ? scalarTensor(Uint8Array.of(Number(value)))
        : typeof value !== "number"
          ? tensorFrom(value, formOf(value, keys, parameters, path))
          : scalarTensor(INTEGERS.test(field) ? Int32Array.of(value) : Float32Array.of(value)),
    ]);
    return value;
  });
  return { model: writeModel(params, parameters), optimizer: Object.fromEntries(tensors) };
};

/** The options of `fromOptax`. */
export type FromOptaxOptions<P, S> = Into<P, S> & NamingOptions;

/**
 * Reads parameters and the state of an Optax optimizer that Flax has named, so that training goes on here: the reverse of `toOptax`.
 *
 * The number of steps is the largest `count` of the state, 0 where it has none.
 *
 * @param checkpoint - the tensors of the two files
 * @param options - `params`, a tree like the parameters; `tx`, the optimizer; `name` and `axes`
 * @throws GradloomError `INVALID_STATE` where a tensor is missing or left over, `SHAPE_MISMATCH` and `DTYPE_MISMATCH` where one does not fit;
 *   nothing has been made then
 * @example
 * import { fromOptax, toOptax } from "gradloom/safetensors";
 * const params = { w: new Float32Array([1]) };
 * const tx = gl.adam(0.1);
 * const train = gl.TrainState.create({ params, tx });
 * train.applyGradients({ w: new Float32Array([2]) });
 * const resumed = gl.TrainState.create({ ...fromOptax(toOptax(train.snapshot()), { params, tx }), tx });
 * console.log(resumed.step); // 1
 */
export const fromOptax = <P, S>(
  checkpoint: OptaxCheckpoint,
  options: FromOptaxOptions<P, S>,
): Snapshot<P, S> => {
  const { params, tx, ...naming } = parse(
    "fromOptax",
    READ_OPTIONS,
    options as OptionsOf<typeof READ_OPTIONS>,
  );
  const fresh = freshState("fromOptax", params, tx);
  const parameters = new Parameters(params, SEPARATOR, namingOf(naming));
  const source = new TensorSource(checkpoint?.optimizer, "optimizer");
  let step = 0;
  const optState = mapState(fresh, parameters, (value, { name, path, keys, field }) => {
    const tensor = source.take(name);
    const at = source.pathOf(name);
    if (typeof value === "object") return leafFrom(tensor, value, formOf(value, keys, parameters, path), at);
    const number = numberFrom(tensor, at);
    if (field === "count") step = Math.max(step, number);
    return typeof value === "boolean" ? number !== 0 : number;
  });
  source.refuseRest("It is of another optimizer: pass the one that wrote the checkpoint as tx.");
  const model = readModel(checkpoint.model, params as P, parameters);
  return { params: model, optState: optState as Bind<S, P>, step };
};
