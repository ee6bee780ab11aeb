import type { Tensor as TfTensor, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../../engine/engine.ts";
import { resolveEngine } from "../../engine/registry.ts";
import { GradloomError } from "../../error.ts";
import type { ExtraArgs } from "../../plan/transformation.ts";
import type { Tensor } from "../../pytree/leaf.ts";
import type { Internals } from "../../train/internals.ts";
import { internalsOf, TrainState } from "../../train/train-state.ts";
import type { Start, TfMemory, Training } from "./backend.ts";

/** How the arrays of variables are reached from the memory of the host. */
interface HostMemory {
  readonly backend: string;
  /** Whether TensorFlow.js copies what is read and given. */
  readonly copies: boolean;
  /** Returns the elements of a tensor. */
  read(tensor: TfTensor): Float32Array;
  /** Returns whether an array on which steps work still is, or equals, the array of its variable. */
  holds(variable: Variable, array: Float32Array): boolean;
}

/** Memory of TensorFlow.js on whose arrays steps work: those of `read`. */
export interface AdoptedMemory extends HostMemory {
  /** Gives a variable memory that it shares with no other tensor, where it does. */
  separate(variable: Variable): void;
  /** Makes a backend see what a step has written to the memory of a variable. */
  written(variable: Variable): void;
}

/** Memory whose variables get their values from arrays of the optimizer. */
export interface OwnMemory extends HostMemory {
  /** Gives an array the values of its variable, and from then on holds both equal. */
  load(variable: Variable, array: Float32Array): void;
  /** Gives a variable the values of its array after a step. */
  store?(variable: Variable, array: Float32Array): void;
  /** Leaves an array to the optimizer alone, which frees it. */
  withdraw?(array: Float32Array): void;
}

/** The elements that a gradient has on average where it costs less to read it where it is than to copy it. */
const WORTH_LENDING = 16_384;

/** The training of variables whose arrays the host can reach, on an engine for CPUs. */
export class HostTraining implements Training {
  readonly memory: TfMemory;
  readonly #variables: readonly Variable[];
  readonly #tree: Start["tree"];
  readonly #host: AdoptedMemory | OwnMemory;
  readonly #train: TrainState<object, unknown>;
  readonly #internals: Internals<object, unknown>;
  /** Whether gradients are read where they are. */
  readonly #lends: boolean;
  /** The arrays on which steps work. */
  #arrays: readonly Float32Array[];
  /** The tree of the gradients of a step, and its leaves, which get other arrays in each. */
  readonly #grads: { readonly tree: object; readonly leaves: readonly { data: Float32Array }[] };

  constructor(host: AdoptedMemory | OwnMemory, { variables, tree, tx, restore, step, ...start }: Start) {
    this.#variables = variables;
    this.#tree = tree;
    this.#host = host;
    const engine = resolveEngine(start.engine as Engine); // It refuses the engine of a GPU.
    this.#arrays = this.#read();
    const params = this.#treeOf(this.#arrays);
    const adopt = "separate" in host;
    const optState = restore?.(tx.init(params as never));
    this.#train = TrainState.create<object, unknown>({ params, tx, engine, optState, step, adopt });
    const leaves = variables.map(({ shape }) => ({ data: new Float32Array(), shape }));
    this.#grads = { tree: tree.make((i) => leaves[i]) as object, leaves };
    const size = variables.reduce((sum, variable) => sum + variable.size, 0);
    this.#internals = internalsOf(this.#train);
    const { reaches } = this.#internals;
    this.#lends = reaches && size >= WORTH_LENDING * variables.length;
    const { backend, copies } = host;
    const place = (isCopied: boolean) => (isCopied ? "copied" : "in place");
    this.memory = {
      backend,
      params: place(copies || (adopt && !reaches)),
      grads: place(copies || !this.#lends),
    };
    if (adopt) return;
    this.#arrays = variables.map((_, i) => (tree.at(this.#train.params, i) as Tensor<Float32Array>).data);
    this.#each((variable, array) => host.load(variable, array));
  }

  get step(): number {
    return this.#train.step;
  }

  get optState(): unknown {
    return this.#train.optState;
  }

  applyGradients(grads: readonly (TfTensor | undefined)[], extra: ExtraArgs): void {
    for (let isDone = false; !isDone; ) {
      this.#findMoved();
      isDone = this.#takeStep(grads, extra);
    }
    const host = this.#host;
    this.#each((variable, array) =>
      "written" in host ? host.written(variable) : host.store?.(variable, array),
    );
  }

  snapshot(): unknown {
    return this.#internals.copyState();
  }

  async read<T>(part: T): Promise<T> {
    return part;
  }

  async save(): Promise<unknown> {
    return this.snapshot();
  }

  dispose(): void {
    const host = this.#host;
    if ("withdraw" in host) for (const array of this.#arrays) host.withdraw?.(array);
    this.#train.dispose();
  }

  /** Takes a step. Returns false where nothing has changed but the place of variables: code of the caller made memory grow. */
  #takeStep(grads: readonly (TfTensor | undefined)[], extra: ExtraArgs): boolean {
    for (const [i, leaf] of this.#grads.leaves.entries()) {
      const grad = grads[i];
      leaf.data = grad ? this.#host.read(grad) : new Float32Array((this.#arrays[i] as Float32Array).length);
    }
    const { tree } = this.#grads;
    try {
      if (this.#lends) this.#internals.lendGradients(tree);
      this.#train.applyGradients(tree, extra);
      return true;
    } catch (error) {
      const isLost = error instanceof GradloomError && error.code === "DETACHED_MEMORY";
      if (isLost && this.#variables.some(this.#isMoved)) return false;
      throw error;
    }
  }

  readonly #isMoved = (variable: Variable, i: number): boolean =>
    !this.#host.holds(variable, this.#arrays[i] as Float32Array);

  /** Takes the values of variables that have been assigned to, or whose memory is another one, since the last step. */
  #findMoved(): void {
    const host = this.#host;
    if ("load" in host) {
      this.#each((variable, array, i) => this.#isMoved(variable, i) && host.load(variable, array));
    } else if (this.#variables.some(this.#isMoved)) {
      const arrays = this.#read();
      this.#internals.adoptAgain(this.#treeOf(arrays));
      this.#arrays = arrays;
    }
  }

  #read(): Float32Array[] {
    const host = this.#host;
    // First all of them: new memory may move what has been read.
    if ("separate" in host) for (const variable of this.#variables) host.separate(variable);
    const read = new Set<Float32Array>();
    return this.#variables.map((variable) => {
      const array = host.read(variable);
      // Variables that were made of one tensor share its memory.
      if (read.has(array)) return array.slice();
      read.add(array);
      return array;
    });
  }

  #each(visit: (variable: Variable, array: Float32Array, index: number) => unknown): void {
    for (const [i, variable] of this.#variables.entries())
      visit(variable, this.#arrays[i] as Float32Array, i);
  }

  #treeOf(arrays: readonly Float32Array[]): object {
    return this.#tree.make((i) => ({
      data: arrays[i],
      shape: (this.#variables[i] as Variable).shape,
    })) as object;
  }
}
