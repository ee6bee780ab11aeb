import {
  backend,
  dispose,
  keep,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  serialization,
  type Variable,
} from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import type { ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import type { Start, TfMemory, Training } from "./backends/backend.ts";
import { findBackend } from "./backends/find-backend.ts";
import { assemble, divide, requireFrame } from "./divided-state.ts";
import { gradientsByVariable, type Missing, refuseDisposed } from "./gradients.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { extraOf, type Objective } from "./objective.ts";
import { using } from "./tree-in-use.ts";
import { VariableStates } from "./variable-states.ts";
import { VariableTree } from "./variable-tree.ts";
import { fromWeights, type SavedState, stepWeight, toWeights } from "./weights.ts";

/** A transformation with the options of `toTfOptimizer`. */
export interface Recipe {
  readonly tx: GradientTransformation;
  readonly engine: Start["engine"];
  readonly missingGradient: Missing;
  readonly name: string | null;
}

/** A training with what it was made for. */
interface Current {
  readonly training: Training;
  /** The variables, in the order of their tree. */
  readonly variables: ReadonlySet<Variable>;
  readonly tree: VariableTree;
  readonly backend: object;
}

const noRecipe = (): GradloomError =>
  new GradloomError(
    "INVALID_STATE",
    "a model was loaded with this optimizer, but its transformation, which has functions, cannot be saved.",
    {
      path: "optimizer",
      remedy:
        "Call toTfOptimizer(tx, { name }) with the same name before training and before loading. Or go on by hand: const optimizer = toTfOptimizer(tx); await optimizer.setWeights(await model.optimizer.getWeights()); model.compile({ optimizer, loss }).",
    },
  );

/** Makes a training on the current backend. */
const open = (start: Start): Training => {
  try {
    return findBackend().open(start);
  } catch (cause) {
    const { code, path } = cause as Partial<GradloomError>;
    if (code !== "INVALID_STATE" || !path?.startsWith("optState")) throw cause;
    throw new GradloomError(
      "UNSUPPORTED",
      "this part of the state belongs to no single variable, and does not fit these.",
      {
        path,
        remedy:
          "Train the same variables at every step, or give each set of variables an optimizer of its own.",
        cause,
      },
    );
  }
};

/** The recipes by the names that they were given, for models that are loaded. */
const recipes = new Map<string, Recipe>();

/** A gradloom optimizer as TensorFlow.js takes it, made by `toTfOptimizer`. */
export class TfOptimizer extends Optimizer {
  /** The name of the class in saved models. */
  static readonly className = "GradloomOptimizer";

  readonly #recipe: Recipe | undefined;
  readonly #name: string | null;
  #current: Current | undefined;
  #states = new VariableStates();
  /** What of the state belongs to no variable, while there is no training. */
  #frame: unknown;
  #parts: readonly string[] = [];
  #step = 0;
  /** The tensors that `getWeights` has returned. */
  #weights: readonly NamedTensor[] = [];
  #isDisposed = false;

  /** @param recipe - the transformation and options; a name alone where a model was loaded and there is none */
  constructor(recipe: Recipe | { readonly name: string | null }) {
    super();
    this.#recipe = "tx" in recipe ? recipe : undefined;
    this.#name = recipe.name;
    if ("tx" in recipe && recipe.name !== null) recipes.set(recipe.name, recipe);
  }

  /** Makes the optimizer of a loaded model; without a transformation of its name it can only give its weights. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const name = typeof config.name === "string" ? config.name : null;
    return new cls((name !== null && recipes.get(name)) || { name });
  }

  /** The number of steps taken. */
  override get iterations(): number {
    return this.#current?.training.step ?? this.#step;
  }

  /** Where parameters and gradients are: `{ backend: "cpu", params: "in place", grads: "copied" }`; undefined before the first step. */
  get memory(): TfMemory | undefined {
    return this.#current?.training.memory;
  }

  /**
   * The optimizer's state with Optax's fields, live, over the variables of the last step: numbers in it can be set. Undefined before the
   * first step; another one after a step with other variables.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the state of an arbitrary transformation
  get optState(): any {
    return this.#current?.training.optState;
  }

  /**
   * Computes a loss and its gradients, and takes a step.
   *
   * Line searches call the function again. That of `model.fit` computes the metrics too and keeps them for each call: leave metrics out
   * there.
   *
   * @param f - returns the loss, a scalar
   * @param returnCost - whether to return the loss, which is the caller's to dispose of
   * @param varList - the variables to train; by default all that are trainable
   * @throws GradloomError like `applyGradients`; nothing has changed then
   */
  override minimize(f: () => Scalar, returnCost = false, varList?: Variable[]): Scalar | null {
    const { value, grads } = this.computeGradients(f, varList);
    try {
      const given = varList?.map(({ name }) => ({ name, tensor: grads[name] as NamedTensor["tensor"] }));
      this.#takeStep(given ?? grads, (objective) => extraOf(f, value, objective));
    } catch (error) {
      value.dispose();
      throw error;
    } finally {
      dispose(grads);
    }
    if (returnCost) return value;
    value.dispose();
    return null;
  }

  /**
   * Computes a loss and its gradients with respect to variables: `tf.variableGrads`.
   *
   * @throws GradloomError `DISPOSED` where a variable has been disposed of
   */
  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    this.#recipeOf();
    if (Array.isArray(varList)) refuseDisposed(varList);
    return super.computeGradients(f, varList);
  }

  /**
   * Takes a step. Variables that are not listed, and by default those whose gradient is null, stay as they are with their state; where
   * none has a gradient, it is no step.
   *
   * @param grads - gradients by the names of variables
   * @param extra - arguments beyond the gradients that transformations need, such as `value`
   * @throws GradloomError names the variable: `DISPOSED`, `DTYPE_MISMATCH`, `SHAPE_MISMATCH`, or `INVALID_TREE` where there is none of
   *   this name; nothing has changed then
   */
  override applyGradients(grads: NamedTensorMap | NamedTensor[], extra: ExtraArgs = {}): void {
    this.#takeStep(grads, () => extra);
  }

  /** Returns the number of steps as a tensor, which is the caller's to dispose of. */
  override async saveIterations(): Promise<NamedTensor> {
    return stepWeight(this.iterations);
  }

  /**
   * Returns the whole state as tensors, for `setWeights` and `model.save`. They stay valid until the next step, `getWeights` or
   * `dispose`, which free them: nobody else need.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    const saved = await this.#saved();
    this.#freeWeights();
    const weights = toWeights(saved);
    for (const { tensor } of weights) keep(tensor);
    this.#weights = weights;
    return weights;
  }

  /**
   * Replaces the state by one that `getWeights` returned, here or where a model was saved. Each part goes to the variable of its name;
   * where layers have numbered names anew (`kernel_1`), to that of this name, and where no name fits, to variables in their order. The
   * first step refuses variables of which some names fit and others do not, while states are left over.
   *
   * @throws GradloomError `INVALID_STATE` where the weights are of another optimizer; nothing has changed then
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    this.#refuseDisposed();
    const saved = await fromWeights(weights);
    if (this.#recipe && saved.frame !== undefined) requireFrame(this.#recipe.tx, saved.frame);
    this.#current?.training.dispose();
    this.#current = undefined;
    this.#states = new VariableStates(new Map(), saved.variables);
    this.#frame = saved.frame;
    this.#parts = saved.parts;
    this.#step = saved.step;
  }

  /** Returns what a model saves to find the optimizer again: its name. The transformation has functions, which cannot be saved. */
  getConfig(): serialization.ConfigDict {
    return { name: this.#name };
  }

  /** Frees the state. The variables keep their values. Calling it again is harmless. */
  override dispose(): void {
    this.#freeWeights();
    this.#step = this.iterations;
    this.#current?.training.dispose();
    this.#current = undefined;
    this.#isDisposed = true;
  }

  #refuseDisposed(): void {
    if (!this.#isDisposed) return;
    throw new GradloomError("DISPOSED", "this optimizer has been disposed of.", {
      path: "optimizer",
      remedy: "Make another one.",
    });
  }

  #recipeOf(): Recipe {
    this.#refuseDisposed();
    if (!this.#recipe) throw noRecipe();
    return this.#recipe;
  }

  #takeStep(given: NamedTensorMap | NamedTensor[], extraOf: (objective: Objective) => ExtraArgs): void {
    const { missingGradient } = this.#recipeOf();
    const isKnown = (name: string) =>
      [...this.#states.names.keys()].some((variable) => variable.name === name);
    const gradients = gradientsByVariable(given, missingGradient, isKnown);
    if (gradients.size === 0) return;
    const { training, tree, ...current } = this.#currentFor([...gradients.keys()]);
    const variables = [...current.variables];
    const grads = variables.map((variable) => gradients.get(variable));
    using({ variables, tree }, () => training.applyGradients(grads, extraOf({ variables, tree, grads })));
    this.#freeWeights();
  }

  /** Returns the training of some variables: the last one, or a new one to which each takes its state. */
  #currentFor(variables: readonly Variable[]): Current {
    const last = this.#current;
    const same =
      last?.backend === backend() &&
      last.variables.size === variables.length &&
      variables.every((variable) => last.variables.has(variable));
    if (last && same) return last;
    const { tx, engine } = this.#recipeOf();
    const divided = last && divide(tx, last.training.snapshot(), last.tree);
    const frame = divided?.frame ?? this.#frame;
    const states = this.#states
      .rest([...(last?.variables ?? [])].map((variable, i) => [variable, divided?.ofVariables[i] ?? []]))
      .meet(variables);
    const tree = new VariableTree(variables.map((variable) => states.names.get(variable) as string));
    const stateOf = (i: number) => states.resting.get(variables[i] as Variable);
    const names = variables.map(({ name }) => name);
    const restore =
      frame === undefined ? undefined : (fresh: unknown) => assemble(tx, fresh, tree, frame, stateOf, names);
    const start = { variables, tree, tx, engine, restore, step: this.iterations };
    const training = using(start, () => open(start));
    last?.training.dispose();
    this.#current = { training, variables: new Set(variables), tree, backend: backend() };
    this.#states = states.wake(this.#current.variables);
    return this.#current;
  }

  async #saved(): Promise<SavedState> {
    this.#refuseDisposed();
    const { names, resting, waiting } = this.#states;
    const current = this.#current;
    const rested = [...resting].map(([variable, state]) => [names.get(variable) as string, state] as const);
    if (!current) {
      return {
        step: this.#step,
        frame: this.#frame,
        parts: this.#parts,
        variables: new Map([...rested, ...waiting]),
      };
    }
    const { tx } = this.#recipeOf();
    const step = current.training.step;
    const { frame, parts, ofVariables } = divide(tx, await current.training.save(), current.tree);
    const trained = current.tree.names.map((name, i) => [name, ofVariables[i] ?? []] as const);
    const read = await current.training.read(rested);
    return { step, frame, parts, variables: new Map([...trained, ...read, ...waiting]) };
  }

  #freeWeights(): void {
    dispose(this.#weights.map(({ tensor }) => tensor));
    this.#weights = [];
  }
}

serialization.registerClass(TfOptimizer as never);
