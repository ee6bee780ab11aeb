import { GradloomError } from "../../error.ts";
import { type OptionsOf, parse } from "../../options.ts";
import type { Bind } from "../../plan/transformation.ts";
import type { Snapshot } from "../../train/snapshot.ts";
import { readModel, writeModel } from "./model.ts";
import {
  freshState,
  type Into,
  NAMING_OPTIONS,
  type NamingOptions,
  namingOf,
  ORDER,
  READ_OPTIONS,
} from "./options.ts";
import { type Parameter, Parameters } from "./parameters.ts";
import { requireTypes } from "./require-types.ts";
import { CommonCount, mapSlots, type Slot, type SlotNames } from "./slots.ts";
import { leafFrom, numberFrom, scalarTensor, tensorFrom, times } from "./tensors.ts";
import {
  decodeWeights,
  encodeWeights,
  type NamedWeight,
  type TfjsArtifacts,
  type TfjsWeights,
} from "./tfjs-weights.ts";

const SLOTS: SlotNames = {
  TraceState: { trace: "momentum" },
  ScaleByAdamState: { mu: "m", nu: "v" },
  ScaleByRmsState: { nu: "rms" },
  ScaleByRStdDevState: { mu: "mg", nu: "rms" },
  ScaleByRssState: { sumOfSquares: "accumulator" },
};

/** The blocks of an optimizer's weights in the order of TensorFlow.js: each has an array for every trained variable. */
const BLOCKS = ["m", "v", "rms", "momentum", "mg", "accumulator"];

const ITERATIONS = "iter";

/** Returns the factor between a slot of TensorFlow.js and ours: the momentum of RMSProp has the other sign. */
const factorOf = ({ name, gathers, parameter }: Slot): number => {
  if (name !== "momentum" || gathers === "gradients") return 1;
  if (gathers === "steps") return -1;
  throw new GradloomError("UNSUPPORTED", "the momentum of RMSProp gathers steps in TensorFlow.js.", {
    path: parameter.path,
    remedy: "Use rmsprop(rate, { momentum }), in which it does too.",
  });
};

const keyOf = ({ name }: Parameter, slot: string): string => `${name}/${slot}`;

/** Returns the slots in the order of TensorFlow.js: block by block, in each the variables in their order. */
const inOrder = (slots: readonly Slot[], names: readonly string[]): Slot[] => {
  const places = new Map(names.map((name, i) => [name, i]));
  const placeOf = ({ parameter }: Slot): number => {
    const place = places.get(parameter.name);
    if (place !== undefined) return place;
    throw new GradloomError("INVALID_STATE", `order lacks ${JSON.stringify(parameter.name)}.`, {
      path: parameter.path,
      remedy: "Pass the names of all trained variables, model.trainableWeights.map((w) => w.originalName).",
    });
  };
  const rank = (slot: Slot): number => BLOCKS.indexOf(slot.name) * places.size + placeOf(slot);
  return [...slots].sort((a, b) => rank(a) - rank(b));
};

const ORDER_OPTIONS = {
  /** The names of the trained variables in their order in the model; by default that of the weights or, when writing, of the tree. */
  order: ORDER,
};

const FROM_OPTIONS = { ...READ_OPTIONS, ...ORDER_OPTIONS };

/** The options of `fromTfjs`. */
export type FromTfjsOptions<P, S> = Into<P, S> & NamingOptions & OptionsOf<typeof ORDER_OPTIONS>;

/** Takes the optimizer's weights apart by position. Throws where their number or a name tells that they are others. */
const placeWeights = (
  weights: readonly NamedWeight[],
  slots: readonly Slot[],
  parameters: Parameters,
): ReadonlyMap<string, NamedWeight> => {
  if (weights.length !== slots.length + 1 || weights[0]?.[0] !== ITERATIONS) {
    const expected = [ITERATIONS, ...new Set(slots.map(({ name }) => `…/${name}`))].join(", ");
    throw new GradloomError(
      "INVALID_STATE",
      `the checkpoint has ${weights.length} weights of the optimizer, expected ${slots.length + 1}: ${expected}.`,
      {
        path: "weightSpecs",
        remedy:
          "Save with { includeOptimizer: true }, and pass the same optimizer as tx; RMSProp is rmsprop(rate, { momentum: 0 }) or more.",
      },
    );
  }
  return new Map(
    slots.map(({ parameter, name }, i) => {
      const weight = weights[i + 1] as NamedWeight;
      const [variable, kind] = [weight[0].replace(/\/[^/]*$/, ""), weight[0].split("/").at(-1)];
      const other = parameters.named(variable);
      if (kind !== name || (other && other !== parameter)) {
        throw new GradloomError("INVALID_STATE", `expected ${keyOf(parameter, name)} at this position.`, {
          path: weight[0],
          remedy: "Pass order, the names of the model's trained variables, and the same optimizer as tx.",
        });
      }
      return [keyOf(parameter, name), weight];
    }),
  );
};

/**
 * Reads a TensorFlow.js model and the state of its optimizer, so that training goes on here: sgd, momentum, adam, rmsprop, adagrad.
 *
 * TensorFlow.js keeps the optimizer's weights by position: `order` says which variables they belong to. Frozen variables have none. RMSProp
 * always has a momentum, `rmsprop(rate, { momentum: 0 })`. Learning rate and other hyperparameters are those of `tx`.
 *
 * @param artifacts - those that a save handler is given, or their `weightSpecs` and `weightData`
 * @param options - `params`, a tree like the parameters; `tx`, the optimizer; `order`, `name` and `axes`
 * @throws GradloomError `INVALID_STATE` where a weight is missing, left over or at another position, `SHAPE_MISMATCH` and `DTYPE_MISMATCH`
 *   where one does not fit, `UNSUPPORTED` where `tx` keeps what TensorFlow.js does not, or weights are quantized
 * @example
 * import { fromTfjs, toTfjs } from "gradloom/safetensors";
 * const params = { "dense/kernel": gl.tensor(new Float32Array(6), [2, 3]) };
 * const tx = gl.adam(1e-3);
 * const weights = toTfjs(gl.TrainState.create({ params, tx }).snapshot());
 * const snapshot = fromTfjs(weights, { params, tx });
 * console.log(snapshot.step); // 0
 */
export const fromTfjs = <P, S>(artifacts: TfjsArtifacts, options: FromTfjsOptions<P, S>): Snapshot<P, S> => {
  const { params, tx, order, ...naming } = parse(
    "fromTfjs",
    FROM_OPTIONS,
    options as OptionsOf<typeof FROM_OPTIONS>,
  );
  const fresh = freshState("fromTfjs", params, tx);
  const parameters = new Parameters(params, "/", namingOf(naming));
  const weights = decodeWeights(artifacts);
  const slots: Slot[] = [];
  mapSlots(fresh, parameters, SLOTS, "TensorFlow.js", {
    slot: (slot) => slots.push(slot),
    count: (count) => count,
  });
  const names = order ?? weights.model.map(([name]) => name);
  const placed = placeWeights(weights.optimizer, inOrder(slots, names), parameters);
  const step = numberFrom((weights.optimizer[0] as NamedWeight)[1], ITERATIONS);
  const optState = mapSlots(fresh, parameters, SLOTS, "TensorFlow.js", {
    slot: (slot) => {
      const [name, tensor] = placed.get(keyOf(slot.parameter, slot.name)) as NamedWeight;
      return times(leafFrom(tensor, slot.leaf, slot.parameter, name), factorOf(slot), name);
    },
    count: () => step,
  });
  const model = readModel(Object.fromEntries(weights.model), params as P, parameters);
  return { params: model, optState: optState as Bind<S, P>, step };
};

const TO_OPTIONS = { ...NAMING_OPTIONS, ...ORDER_OPTIONS };

/** The options of `toTfjs`. */
export type ToTfjsOptions = OptionsOf<typeof TO_OPTIONS>;

/**
 * Writes a snapshot as TensorFlow.js keeps the weights of a model and of its optimizer: the reverse of `fromTfjs`.
 *
 * With the `modelTopology` and `trainingConfig` of the model they are what `tf.loadLayersModel(tf.io.fromMemory(…))` loads.
 *
 * @param snapshot - of a TrainState
 * @param options - `order`, `name` and `axes`
 * @throws GradloomError `UNSUPPORTED` where the state has a part that TensorFlow.js has not, `DTYPE_MISMATCH` where numbers are no float32
 * @example
 * import { toTfjs } from "gradloom/safetensors";
 * const train = gl.TrainState.create({ params: { "dense/bias": new Float32Array(3) }, tx: gl.adam(0.1) });
 * console.log(toTfjs(train.snapshot()).weightSpecs.map(({ name }) => name)); // [ 'dense/bias', 'iter', 'dense/bias/m', 'dense/bias/v' ]
 */
export const toTfjs = (snapshot: Snapshot<unknown, unknown>, options?: ToTfjsOptions): TfjsWeights => {
  const { order, ...naming } = parse("toTfjs", TO_OPTIONS, options);
  const { params, optState, step } = snapshot;
  requireTypes(optState);
  const parameters = new Parameters(params, "/", namingOf(naming));
  const slots: Slot[] = [];
  const counts = new CommonCount();
  mapSlots(optState, parameters, SLOTS, "TensorFlow.js", {
    slot: (slot) => slots.push(slot),
    count: counts.take,
  });
  const names = order ?? parameters.trained;
  const model = Object.entries(writeModel(params, parameters));
  const iterations = scalarTensor(Int32Array.of(counts.value ?? step));
  const weights = inOrder(slots, names).map(
    (slot): NamedWeight => [
      keyOf(slot.parameter, slot.name),
      tensorFrom(times(slot.leaf, factorOf(slot), slot.parameter.path), slot.parameter),
    ],
  );
  return encodeWeights({ model, optimizer: [[ITERATIONS, iterations], ...weights] });
};
