import { GradloomError } from "../../error.ts";
import { maybe, type OptionsOf, parse, real } from "../../options.ts";
import type { Bind } from "../../plan/transformation.ts";
import { typeName } from "../../pytree/named.ts";
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
import { CommonCount, mapSlots, type Slot, type SlotNames } from "./slots.ts";
import { TensorSource, type Tensors } from "./tensor-source.ts";
import { leafFrom, numberFrom, scalarTensor, tensorFrom } from "./tensors.ts";

/** A model and its optimizer as MLX names them: what two safetensors files hold. */
export interface MlxCheckpoint {
  /** The model's parameters: `layers.0.weight`. Where they are absent, reading takes those that it is given. */
  readonly model?: Tensors | undefined;
  /** The state of the optimizer, flattened: `layers.0.weight.m`, `step`, `learning_rate`. */
  readonly optimizer: Tensors;
}

const SLOTS: SlotNames = {
  TraceState: { trace: "v" },
  ScaleByAdamState: { mu: "m", nu: "v" },
  ScaleByRmsState: { nu: "v" },
  ScaleByRssState: { sumOfSquares: "v" },
  ScaleByAdaDeltaState: { eG: "v", eX: "u" },
  ScaleByLionState: { mu: "m" },
};

/** Throws for the momentum of RMSprop, which MLX lacks. */
const refuseMomentum = ({ gathers, parameter }: Slot): void => {
  if (gathers === "gradients") return;
  throw new GradloomError("UNSUPPORTED", "MLX has no RMSprop with momentum.", {
    path: parameter.path,
    remedy: "Leave momentum out, or keep the state with save.",
  });
};

/** The options of `fromMlx`. */
export type FromMlxOptions<P, S> = Into<P, S> & NamingOptions;

/**
 * Reads an MLX model and the state of its optimizer, so that training goes on here: SGD, Adam and AdamW with bias correction, RMSprop,
 * Adagrad, AdaDelta, Lion.
 *
 * `tx` has to do the same arithmetic: MLX adds `eps` outside of the root, `epsInSqrt: false` for `rmsprop`, and for SGD without
 * momentum it keeps zeros, so that `tx` is `sgd(rate, { momentum: 0 })`. Learning rate and other hyperparameters are those of `tx`.
 *
 * @param checkpoint - the tensors of the two files
 * @param options - `params`, a tree like the parameters; `tx`, the optimizer; `name` and `axes`
 * @throws GradloomError `INVALID_STATE` where a tensor is missing or left over, `SHAPE_MISMATCH` and `DTYPE_MISMATCH` where one does not fit,
 *   `UNSUPPORTED` where `tx` keeps what MLX does not
 * @example
 * import { fromMlx, mlxKernels, toMlx } from "gradloom/safetensors";
 * const params = { dense: { kernel: gl.tensor(new Float32Array(6), [2, 3]) } };
 * const tx = gl.adam(1e-3);
 * const train = gl.TrainState.create({ params, tx });
 * const files = toMlx(train.snapshot(), { learningRate: 1e-3, ...mlxKernels });
 * console.log(files.optimizer["dense.weight.m"].shape); // [ 3, 2 ]
 * const snapshot = fromMlx(files, { params, tx, ...mlxKernels });
 */
export const fromMlx = <P, S>(checkpoint: MlxCheckpoint, options: FromMlxOptions<P, S>): Snapshot<P, S> => {
  const { params, tx, ...naming } = parse("fromMlx", READ_OPTIONS, options as OptionsOf<typeof READ_OPTIONS>);
  const fresh = freshState("fromMlx", params, tx);
  const parameters = new Parameters(params, ".", namingOf(naming));
  const source = new TensorSource(checkpoint?.optimizer, "optimizer");
  const step = numberFrom(source.take("step"), source.pathOf("step"));
  if (source.has("learning_rate")) source.take("learning_rate");
  const optState = mapSlots(fresh, parameters, SLOTS, "MLX", {
    slot: (slot) => {
      refuseMomentum(slot);
      const name = `${slot.parameter.name}.${slot.name}`;
      return leafFrom(source.take(name), slot.leaf, slot.parameter, source.pathOf(name));
    },
    count: () => step,
  });
  source.refuseRest(
    "It is of another optimizer, or of a parameter that is frozen here; SGD without momentum is sgd(rate, { momentum: 0 }).",
  );
  const model = readModel(checkpoint.model, params as P, parameters);
  return { params: model, optState: optState as Bind<S, P>, step };
};

const TO_OPTIONS = {
  ...NAMING_OPTIONS,
  /** The learning rate, which MLX keeps in its state; by default that of `injectHyperparams`. */
  learningRate: maybe(real(0)),
};

/** The options of `toMlx`. */
export type ToMlxOptions = OptionsOf<typeof TO_OPTIONS>;

/** Returns the learning rate in a state of `injectHyperparams`. */
const injectedRate = (state: unknown): number => {
  const isInjected = typeName(state) === "InjectStatefulHyperparamsState";
  const rate: unknown =
    isInjected && (state as { hyperparams: { learningRate?: unknown } }).hyperparams.learningRate;
  if (typeof rate === "number") return rate;
  throw new GradloomError("INVALID_HYPERPARAMETER", "the learning rate is not known.", {
    path: "toMlx.learningRate",
    remedy: "Pass it: MLX keeps it in the state of its optimizers.",
  });
};

/**
 * Writes a snapshot as MLX names a model and the state of its optimizer: the reverse of `fromMlx`.
 *
 * @param snapshot - of a TrainState
 * @param options - `learningRate`, `name` and `axes`
 * @throws GradloomError `UNSUPPORTED` where the state has a part that MLX has not, `INVALID_HYPERPARAMETER` where the learning rate is not known
 * @example
 * import { toMlx } from "gradloom/safetensors";
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx: gl.adam(0.1) });
 * const { optimizer } = toMlx(train.snapshot(), { learningRate: 0.1 });
 * console.log(Object.keys(optimizer)); // [ 'step', 'learning_rate', 'w.m', 'w.v' ]
 */
export const toMlx = (
  snapshot: Snapshot<unknown, unknown>,
  options?: ToMlxOptions,
): MlxCheckpoint & { readonly model: Tensors } => {
  const { learningRate, ...naming } = parse("toMlx", TO_OPTIONS, options);
  const { params, optState, step } = snapshot;
  requireTypes(optState);
  const parameters = new Parameters(params, ".", namingOf(naming));
  const counts = new CommonCount();
  const slots: [string, Tensors[string]][] = [];
  mapSlots(optState, parameters, SLOTS, "MLX", {
    slot: (slot) => {
      refuseMomentum(slot);
      slots.push([`${slot.parameter.name}.${slot.name}`, tensorFrom(slot.leaf, slot.parameter)]);
    },
    count: counts.take,
  });
  const optimizer = {
    step: scalarTensor(BigUint64Array.of(BigInt(counts.value ?? step))),
    learning_rate: scalarTensor(Float32Array.of(learningRate ?? injectedRate(optState))),
    ...Object.fromEntries(slots),
  };
  return { model: writeModel(params, parameters), optimizer };
};
