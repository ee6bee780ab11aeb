import { type Scalar, type Tensor, tensor, tidy, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import type { ExtraArgs } from "../plan/transformation.ts";
import type { Tensor as HostTensor } from "../pytree/leaf.ts";
import type { VariableTree } from "./variable-tree.ts";

/** The variables that a step changes, in the order of their tree, with their gradients. */
export interface Objective {
  readonly variables: readonly Variable[];
  readonly tree: VariableTree;
  readonly grads: readonly (Tensor | undefined)[];
}

const numberOf = (value: Tensor): number => value.dataSync()[0] as number;

const leafOf = (variable: Variable, grad: Tensor | undefined): HostTensor => ({
  data: grad ? (grad.dataSync() as Float32Array).slice() : new Float32Array(variable.size),
  shape: variable.shape,
});

/** Runs a body in which variables have other values. Their own data stays as and where it is. */
const withValues = <T>({ variables, tree }: Objective, params: unknown, body: () => T): T => {
  const before = variables.map(({ dataId }) => dataId);
  let result: T | undefined;
  tidy(() => {
    try {
      for (const [i, variable] of variables.entries()) {
        const { data } = tree.at(params, i) as HostTensor;
        variable.dataId = tensor(data as Float32Array, variable.shape, "float32").dataId;
      }
      result = body();
    } finally {
      for (const [i, variable] of variables.entries()) variable.dataId = before[i] as object;
    }
  });
  return result as T;
};

/**
 * Makes the extra arguments of a step from the function that is minimised. Each is computed where a transformation asks for it: reading
 * a loss may wait for a GPU, and `valueFn` and `valueAndGradFn` call the function again.
 */
export const extraOf = (f: () => Scalar, value: Scalar, objective: Objective): ExtraArgs => {
  const { variables, tree, grads } = objective;
  return {
    get value(): number {
      return numberOf(value);
    },
    get grad(): unknown {
      return tree.make((i) => leafOf(variables[i] as Variable, grads[i]));
    },
    valueFn: (params: unknown): number => withValues(objective, params, () => numberOf(f())),
    valueAndGradFn: (params: unknown): [number, unknown] =>
      withValues(objective, params, () => {
        const { value, grads } = variableGrads(f, [...variables]);
        return [
          numberOf(value),
          tree.make((i) => leafOf(variables[i] as Variable, grads[(variables[i] as Variable).name])),
        ];
      }),
  };
};
