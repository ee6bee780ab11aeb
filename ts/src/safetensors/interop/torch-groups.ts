import { GradloomError } from "../../error.ts";
import { isPlainObject } from "../../pytree/tree-def.ts";
import type { Parameter, Parameters } from "./parameters.ts";

/** A group of `optimizer.state_dict()["param_groups"]`: the numbers of its parameters, their names if the optimizer knows them, and hyperparameters. */
export interface TorchParamGroup {
  readonly params: readonly number[];
  readonly param_names?: readonly string[];
  readonly lr?: number;
  readonly [hyperparameter: string]: unknown;
}

const invalidGroups = (path: string, message: string, remedy: string): GradloomError =>
  new GradloomError("INVALID_STATE", message, { path: `paramGroups${path}`, remedy });

/** The parameters in the order in which a PyTorch optimizer numbers them. */
export class Numbering {
  readonly #groups: readonly TorchParamGroup[];
  readonly #ids = new Map<Parameter, { readonly id: number; readonly group: number }>();

  constructor(groups: unknown, order: readonly string[] | null, parameters: Parameters) {
    const isGroup = (group: unknown): boolean =>
      isPlainObject(group) && Array.isArray(group.params) && group.params.every(Number.isInteger);
    if (!Array.isArray(groups) || !groups.every(isGroup)) {
      throw invalidGroups("", "expected the list of param_groups.", "Parse optimizer_param_groups.json.");
    }
    this.#groups = groups;
    const ids = groups.flatMap(({ params }: TorchParamGroup) => params);
    const known = groups.every((group: TorchParamGroup) => Array.isArray(group.param_names));
    const names = known ? groups.flatMap((group: TorchParamGroup) => group.param_names ?? []) : order;
    if (known && order && `${names}` !== `${order}`) {
      throw invalidGroups(
        "",
        "param_names differ from order.",
        "Leave order out: the groups have the names.",
      );
    }
    if (!names) {
      throw invalidGroups(
        "",
        "there are no param_names, so the order of the parameters is not known.",
        "Pass order, [name for name, _ in model.named_parameters()], or give the optimizer model.named_parameters().",
      );
    }
    if (names.length !== ids.length || new Set(names).size !== ids.length) {
      throw invalidGroups(
        "",
        `${ids.length} parameters, but ${names.length} names.`,
        "Name each parameter once, in the order of the groups.",
      );
    }
    let at = 0;
    groups.forEach(({ params }: TorchParamGroup, group) => {
      for (const id of params) this.#add(names[at++] as string, id, group, parameters);
    });
  }

  #add(name: string, id: number, group: number, parameters: Parameters): void {
    const parameter = parameters.named(name);
    if (!parameter) {
      throw invalidGroups(
        `[${group}]`,
        `there is no parameter ${JSON.stringify(name)} here.`,
        "Let name return PyTorch's name of each parameter, as torchKernels.name does.",
      );
    }
    this.#ids.set(parameter, { id, group });
  }

  /** Returns the number of a parameter. */
  idOf(parameter: Parameter): number {
    return this.#find(parameter).id;
  }

  /** Returns the learning rate of a parameter. */
  learningRateOf(parameter: Parameter): number {
    const { group } = this.#find(parameter);
    const lr = this.#groups[group]?.lr;
    if (typeof lr === "number" && lr !== 0) return lr;
    throw invalidGroups(
      `[${group}].lr`,
      "the learning rate is not known.",
      "The momentum of rmsprop gathers steps, that of PyTorch does not: pass param_groups with lr.",
    );
  }

  #find(parameter: Parameter) {
    const found = this.#ids.get(parameter);
    if (found) return found;
    throw invalidGroups(
      "",
      `PyTorch's optimizer does not have ${JSON.stringify(parameter.name)}.`,
      "Freeze this parameter: selectiveTransform(tx, frozen).",
    );
  }
}
