import { engine, type NamedTensorMap, Tensor, type Variable } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import { doYouMean } from "../nearest.ts";
import { isShape } from "../pytree/shape.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import type { NamedTensor } from "./named-tensor.ts";

/** What becomes of a variable whose gradient is null: it stays as it is with its state, its gradient is zero, or that is an error. */
export type Missing = "skip" | "zero" | "error";

const disposed = (name: string, what: string): GradloomError =>
  new GradloomError("DISPOSED", `${what} has been disposed of.`, {
    path: name,
    remedy: "Leave the variable out, or make another one.",
  });

/** Throws where a variable of a list has been disposed of. */
export const refuseDisposed = (variables: readonly Variable[]): void => {
  const gone = variables.find(({ isDisposed }) => isDisposed);
  if (gone) throw disposed(gone.name, "this variable");
};

/** Returns the variable of a name. Throws where there is none, or its numbers are no floats. */
const variableOf = (name: string, isKnown: (name: string) => boolean): Variable => {
  const { registeredVariables } = engine();
  const variable = Object.hasOwn(registeredVariables, name) ? registeredVariables[name] : undefined;
  if (!variable) {
    if (isKnown(name)) throw disposed(name, "this variable");
    throw new GradloomError("INVALID_TREE", "TensorFlow.js has no variable of this name.", {
      path: name,
      remedy: `${doYouMean(name, Object.keys(registeredVariables))}Gradients are listed under the names of variables: { [variable.name]: gradient }.`,
    });
  }
  if (variable.dtype === "float32") return variable;
  throw new GradloomError("DTYPE_MISMATCH", `a variable of type ${variable.dtype} cannot be optimised.`, {
    path: name,
    remedy: "Make it of float32, or leave it out of the variables to train: tf.variable(value, false).",
  });
};

/** Throws where a gradient does not fit its variable. */
const requireFit = (name: string, gradient: unknown, { shape, dtype }: Variable): void => {
  if (!(gradient instanceof Tensor)) {
    throw new GradloomError("INVALID_TREE", `expected a tensor, got ${show(gradient)}.`, {
      path: join("grads", name),
      remedy: "Pass what computeGradients or tf.variableGrads returned.",
    });
  }
  if (gradient.isDisposed) throw disposed(join("grads", name), "this gradient");
  if (gradient.dtype !== dtype) {
    throw new GradloomError("DTYPE_MISMATCH", `expected ${dtype}, got ${gradient.dtype}.`, {
      path: join("grads", name),
      remedy: `Write tf.cast(gradient, "${dtype}").`,
    });
  }
  if (!isShape(gradient.shape, shape)) {
    throw new GradloomError("SHAPE_MISMATCH", `expected the shape [${shape}], got [${gradient.shape}].`, {
      path: join("grads", name),
      remedy: "A gradient has the shape of its variable.",
    });
  }
};

/** Returns the name and the gradient of a member of a list. */
const entryOf = (given: unknown, i: number): [name: string, gradient: Tensor | null | undefined] => {
  const { name, tensor } = (given ?? {}) as Partial<NamedTensor>;
  if (typeof name === "string") return [name, tensor];
  throw new GradloomError(
    "INVALID_TREE",
    `expected a gradient with the name of its variable, got ${show(given)}.`,
    {
      path: `grads[${i}]`,
      remedy: "Write { name: variable.name, tensor: gradient }.",
    },
  );
};

/** Returns the names and gradients of a list, or of an object by names. */
const entriesOf = (given: unknown): [name: string, gradient: Tensor | null | undefined][] => {
  if (Array.isArray(given)) return given.map(entryOf);
  if (isPlainObject(given)) return Object.entries(given) as [string, Tensor | null][];
  throw new GradloomError(
    "INVALID_TREE",
    `expected gradients by the names of variables, got ${show(given)}.`,
    {
      path: "grads",
      remedy: "Pass the grads that computeGradients or tf.variableGrads returned.",
    },
  );
};

const refuseMissing = (name: string): never => {
  throw new GradloomError("INVALID_TREE", "there is no gradient for this variable.", {
    path: join("grads", name),
    remedy: 'Leave it out of the list, or allow it: toTfOptimizer(tx, { missingGradient: "skip" }).',
  });
};

/**
 * Returns the variables of a step with their gradients, undefined in place of zeros.
 *
 * @param isKnown - returns whether a variable of a name took part in an earlier step
 */
export const gradientsByVariable = (
  given: NamedTensorMap | readonly NamedTensor[],
  missing: Missing,
  isKnown: (name: string) => boolean,
): Map<Variable, Tensor | undefined> => {
  const found = new Map<Variable, Tensor | undefined>();
  for (const [name, gradient] of entriesOf(given)) {
    const variable = variableOf(name, isKnown);
    if (found.has(variable)) {
      throw new GradloomError("INVALID_TREE", "this variable is listed twice.", {
        path: join("grads", name),
        remedy: "Add up its gradients.",
      });
    }
    if (gradient) {
      requireFit(name, gradient, variable);
      found.set(variable, gradient);
    } else if (variable.trainable && missing === "zero") found.set(variable, undefined);
    else if (variable.trainable && missing === "error") refuseMissing(name);
  }
  return found;
};
