import { GradloomError } from "../../error.ts";
import { maybe, type OptionsOf, parse, real, unchecked } from "../../options.ts";
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
import { Parameters } from "./parameters.ts";
import { requireTypes } from "./require-types.ts";
import { CommonCount, mapSlots, type Slot, type SlotNames } from "./slots.ts";
import { TensorSource, type Tensors } from "./tensor-source.ts";
import { leafFrom, numberFrom, scalarTensor, tensorFrom, times } from "./tensors.ts";
import { Numbering, type TorchParamGroup } from "./torch-groups.ts";

/** A model and its optimizer as PyTorch has them, in the files that LeRobot writes. */
export interface TorchCheckpoint {
  /** `model.safetensors`, the model's `state_dict()`. Where it is absent, reading takes the parameters that it is given. */
  readonly model?: Tensors | undefined;
  /** `optimizer_state.safetensors`: `state/0/exp_avg`. */
  readonly optimizer: Tensors;
  /** `optimizer_param_groups.json`. */
  readonly paramGroups: readonly TorchParamGroup[];
}

const SLOTS: SlotNames = {
  TraceState: { trace: "momentum_buffer" },
  ScaleByAdamState: { mu: "exp_avg", nu: "exp_avg_sq" },
  ScaleByAmsgradState: { mu: "exp_avg", nu: "exp_avg_sq", nuMax: "max_exp_avg_sq" },
  ScaleByRmsState: { nu: "square_avg" },
  ScaleByRStdDevState: { mu: "grad_avg", nu: "square_avg" },
  ScaleByRssState: { sumOfSquares: "sum" },
};

/** Returns the factor between PyTorch's momentum and ours. */
const factorOf = ({ name, parameter, gathers }: Slot, numbering: Numbering): number =>
  name === "momentum_buffer" && gathers === "steps" ? -numbering.learningRateOf(parameter) : 1;

const FROM_OPTIONS = {
  ...READ_OPTIONS,
  /** PyTorch's names of the optimizer's parameters in their order, where `param_groups` has no `param_names`. */
  order: ORDER,
  /** The number of steps, where the optimizer keeps none: SGD. By default 0. */
  step: maybe(real(0, { min: 0, integer: true })),
};

/** The options of `fromTorch`. */
export type FromTorchOptions<P, S> = Into<P, S> &
  NamingOptions &
  Pick<OptionsOf<typeof FROM_OPTIONS>, "order" | "step">;

/**
 * Reads a PyTorch model and the state of its optimizer, so that training goes on here: SGD, Adam, AdamW, RMSprop, Adagrad.
 *
 * `tx` has to do the same arithmetic: for `Adam` with weight decay it is `chain(addDecayedWeights(…), adam(…))`, for `RMSprop`
 * `epsInSqrt: false`, for `amsgrad` `biasCorrectionNu: false`. Learning rate and other hyperparameters are those of `tx`;
 * numbers that PyTorch lacks, such as those of `applyIfFinite`, start afresh.
 *
 * @param checkpoint - the tensors and groups of the files
 * @param options - `params`, a tree like the parameters; `tx`, the optimizer; `order`, `step`, `name` and `axes`
 * @throws GradloomError `INVALID_STATE` where a tensor is missing or left over, or the numbers of steps of two parameters differ;
 *   `SHAPE_MISMATCH` and `DTYPE_MISMATCH` where a tensor does not fit; `UNSUPPORTED` where `tx` keeps what PyTorch does not
 * @example
 * import { fromTorch, toTorch, torchKernels } from "gradloom/safetensors";
 * const params = { dense: { kernel: gl.tensor(new Float32Array(6), [2, 3]) } };
 * const tx = gl.adamw(1e-3);
 * const train = gl.TrainState.create({ params, tx });
 * const files = toTorch(train.snapshot(), torchKernels);
 * console.log(files.model["dense.weight"].shape); // [ 3, 2 ]
 * const snapshot = fromTorch(files, { params, tx, ...torchKernels });
 */
export const fromTorch = <P, S>(
  checkpoint: TorchCheckpoint,
  options: FromTorchOptions<P, S>,
): Snapshot<P, S> => {
  const { params, tx, order, step, ...naming } = parse(
    "fromTorch",
    FROM_OPTIONS,
    options as OptionsOf<typeof FROM_OPTIONS>,
  );
  const fresh = freshState("fromTorch", params, tx);
  const parameters = new Parameters(params, ".", namingOf(naming));
  const numbering = new Numbering(checkpoint?.paramGroups, order, parameters);
  const source = new TensorSource(checkpoint.optimizer, "optimizer");
  const steps = new CommonCount();
  if (step !== null) steps.take(step, "fromTorch.step");
  for (const name of source.names) {
    if (/^state\/\d+\/step$/.test(name))
      steps.take(numberFrom(source.take(name), source.pathOf(name)), source.pathOf(name));
  }
  const count = steps.value;
  const optState = mapSlots(fresh, parameters, SLOTS, "PyTorch", {
    slot: (slot) => {
      const name = `state/${numbering.idOf(slot.parameter)}/${slot.name}`;
      const path = source.pathOf(name);
      return times(
        leafFrom(source.take(name), slot.leaf, slot.parameter, path),
        factorOf(slot, numbering),
        path,
      );
    },
    count: (_, path) => {
      if (count !== undefined) return count;
      throw new GradloomError("INVALID_STATE", "the checkpoint has no number of steps.", {
        path,
        remedy: "Pass it as step: PyTorch's SGD keeps none.",
      });
    },
  });
  source.refuseRest("It is of another optimizer, or of a parameter that is frozen here.");
  const model = readModel(checkpoint.model, params as P, parameters);
  return { params: model, optState: optState as Bind<S, P>, step: count ?? 0 };
};

const TO_OPTIONS = {
  ...NAMING_OPTIONS,
  /** The groups of the PyTorch optimizer, such as those that `fromTorch` was given; by default one group with the parameters in the order of the tree. */
  paramGroups: unchecked<readonly TorchParamGroup[] | null>(null),
  /** PyTorch's names of the optimizer's parameters in their order, where `paramGroups` has no `param_names`; without groups by default that of the tree. */
  order: ORDER,
};

/** The options of `toTorch`. */
export type ToTorchOptions = OptionsOf<typeof TO_OPTIONS>;

/**
 * Writes a snapshot as PyTorch has a model and the state of its optimizer: the reverse of `fromTorch`.
 *
 * Without `paramGroups` the group has no hyperparameters: `examples/python/torch_optimizer.py` keeps those of the optimizer that loads it.
 *
 * @param snapshot - of a TrainState
 * @param options - `paramGroups`, `order`, `name` and `axes`
 * @throws GradloomError `UNSUPPORTED` where the state has a part that PyTorch has not, `INVALID_STATE` where groups and parameters differ
 * @example
 * import { toTorch } from "gradloom/safetensors";
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx: gl.adam(0.1) });
 * train.applyGradients({ w: new Float32Array([2]) });
 * console.log(Object.keys(toTorch(train.snapshot()).optimizer)); // [ 'state/0/step', 'state/0/exp_avg', 'state/0/exp_avg_sq' ]
 */
export const toTorch = (
  snapshot: Snapshot<unknown, unknown>,
  options?: ToTorchOptions,
): TorchCheckpoint & { readonly model: Tensors } => {
  const { paramGroups, order, ...naming } = parse("toTorch", TO_OPTIONS, options);
  const { params, optState, step } = snapshot;
  requireTypes(optState);
  const parameters = new Parameters(params, ".", namingOf(naming));
  const names = order ?? parameters.trained;
  const groups = paramGroups ?? [{ params: names.map((_, id) => id), param_names: names }];
  const numbering = new Numbering(groups, order, parameters);
  const slots: Slot[] = [];
  const counts = new CommonCount();
  mapSlots(optState, parameters, SLOTS, "PyTorch", {
    slot: (slot) => slots.push(slot),
    count: counts.take,
  });
  const keepsStep = slots.some(({ name }) => name !== "momentum_buffer");
  const tensors: Record<string, Tensors[string]> = {};
  for (const slot of slots) {
    const prefix = `state/${numbering.idOf(slot.parameter)}`;
    if (keepsStep) tensors[`${prefix}/step`] = scalarTensor(Float32Array.of(counts.value ?? step));
    const leaf = times(slot.leaf, 1 / factorOf(slot, numbering), prefix);
    tensors[`${prefix}/${slot.name}`] = tensorFrom(leaf, slot.parameter);
  }
  return { model: writeModel(params, parameters), optimizer: tensors, paramGroups: groups };
};
