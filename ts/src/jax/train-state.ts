/// <reference lib="esnext.disposable" preserve="true" />
import type { numpy as np } from "@jax-js/jax";
import { asNode } from "../kernels/as-node.ts";
import { type OptionsOf, parse } from "../options.ts";
import type { Bind, ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import { dataOf, type Leaf } from "../pytree/leaf.ts";
import type { ReadonlyTree } from "../pytree/readonly-tree.ts";
import { flatten } from "../pytree/tree-def.ts";
import { isDeviceEngine } from "../train/device-engine.ts";
import { OPTIONS as HOST_OPTIONS, madeWithNew, refuseMissing } from "../train/options.ts";
import { LIVE, type Snapshot } from "../train/snapshot.ts";
import { StepGuard } from "../train/step-guard.ts";
import { TrainState } from "../train/train-state.ts";
import { Arguments } from "./arguments.ts";
import { type ArrayForm, type HostData, makeAll, makeArray } from "./array.ts";
import { JaxDeviceTrainState } from "./device-train-state.ts";
import { Extra } from "./extra.ts";
import { GradientForm } from "./gradients.ts";
import { gradientTree, hostLeaf } from "./host-tree.ts";
import { CopiedArrays } from "./param-arrays.ts";
import { Start } from "./start.ts";
import type { ArraysOf, JaxDeviceTrainStateOptions, JaxTrainStateOptions, OnHost } from "./types.ts";

type Elements = ReadonlyMap<np.Array, HostData>;

const OWNER = "JaxTrainState.create";

const { adopt: _, ...OPTIONS } = HOST_OPTIONS;

/**
 * Parameters of jax-js and the state of their optimizer, kept in the memory of gradloom's engine: a step copies the gradients in, and the
 * next use of `params` copies the parameters out.
 *
 * Gradients are consumed, as by functions of jax-js; a call that fails consumes and changes nothing. `params` belong to the state: pass
 * `tree.ref(train.params)` to functions, which consume what they are given.
 *
 * @example
 * import { grad, numpy as np, tree } from "@jax-js/jax";
 * import { JaxTrainState } from "gradloom/jax";
 * const train = JaxTrainState.create({ params: { w: np.array([3, 4]) }, tx: gl.sgd(0.25) });
 * const loss = ({ w }) => np.square(w).sum();
 * for (let i = 0; i < 2; i++) train.applyGradients(grad(loss)(tree.ref(train.params)));
 * console.log(train.params.w.ref.js(), train.step); // [0.75, 1] 2
 */
export class JaxTrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  /** How parameters and gradients travel between jax-js and the engine in each step: they are copied on the host. */
  readonly transfer = "host";
  readonly #train: TrainState<unknown, S>;
  readonly #forms: Start["forms"];
  readonly #def: Start["def"];
  readonly #gradients: GradientForm;
  readonly #arrays: CopiedArrays;
  readonly #guard = new StepGuard(0, {
    message: "the last step is not done.",
    remedy: "Wait for the promise of applyGradientsAsync.",
  });

  private constructor(start: Start, tx: GradientTransformation<S>, train: TrainState<unknown, S>) {
    if (!(start instanceof Start)) throw madeWithNew("JaxTrainState");
    this.tx = tx;
    this.#train = train;
    this.#def = start.def;
    this.#forms = start.forms;
    this.#gradients = new GradientForm(start, asNode(tx, `${OWNER}.tx`));
    const { leaves } = flatten<Leaf>(train.params, "params");
    const make = (i: number) => () =>
      makeArray(dataOf(leaves[i] as Leaf) as HostData, start.forms[i] as ArrayForm);
    this.#arrays = new CopiedArrays(start.def, leaves.length, (wanted) => makeAll(wanted.map(make)));
  }

  /**
   * Makes the state before the first step, or resumes from a snapshot. With the engine of a WebGPU device, that of jax-js, it returns a
   * promise of a state on that device.
   *
   * @param options - `params`, of which a reference of each array is consumed; `tx`, the optimizer; `engine`, its name or an engine;
   *   `optState` and `step`, from which training resumes
   * @throws GradloomError where an array is disposed of, jax-js cannot make arrays of its dtype here, or `gl.TrainState.create` would
   *   throw
   */
  static create<P, S>(
    options: JaxDeviceTrainStateOptions<P, S>,
  ): Promise<JaxDeviceTrainState<ArraysOf<P>, S>>;
  static create<P, S>(options: JaxTrainStateOptions<P, S>): JaxTrainState<ArraysOf<P>, S>;
  static create<P, S>(
    options: JaxTrainStateOptions<P, S> | JaxDeviceTrainStateOptions<P, S>,
  ): JaxTrainState<ArraysOf<P>, S> | Promise<JaxDeviceTrainState<ArraysOf<P>, S>> {
    if (isDeviceEngine(options?.engine)) {
      return JaxDeviceTrainState.create(options as JaxDeviceTrainStateOptions<P, S>);
    }
    const { start, finish } = JaxTrainState.#start(options as JaxTrainStateOptions<P, S>);
    return finish(start.held.readNow());
  }

  /**
   * Does the same as `create` without blocking the thread while a device computes the parameters: for arrays on the WebGPU device and an
   * engine of the host.
   *
   * @throws GradloomError like `create`
   */
  static async createAsync<P, S>(
    options: JaxTrainStateOptions<P, S>,
  ): Promise<JaxTrainState<ArraysOf<P>, S>> {
    const { start, finish } = JaxTrainState.#start(options);
    return finish(await start.held.read());
  }

  static #start<P, S>(options: JaxTrainStateOptions<P, S>) {
    const { params, tx, ...rest } = options ?? {};
    refuseMissing(params);
    const { optState, ...others } = parse(OWNER, OPTIONS, rest as OptionsOf<typeof OPTIONS>);
    const start = new Start(params, optState);
    const finish = (elements: Elements): JaxTrainState<ArraysOf<P>, S> => {
      const used = new Set<np.Array>();
      const host = start.hostTree((array) => {
        const data = elements.get(array) as HostData;
        // Several parameters may begin with one array.
        const own = used.has(array) ? data.slice() : data;
        used.add(array);
        return hostLeaf(own, array.shape);
      });
      const state = start.state(tx, elements);
      const train = TrainState.create<unknown, S>({ ...others, params: host, tx, optState: state });
      start.held.consume();
      return new JaxTrainState(start, tx, train);
    };
    return { start, finish };
  }

  /** The number of steps taken. */
  get step(): number {
    return this.#train.step;
  }

  /** A description of the engine that takes the steps. */
  get engine(): string {
    return this.#train.engine;
  }

  /** The parameters after the last step. The state holds the only reference of each array; one that was consumed is made again. */
  get params(): P {
    this.#guard.refuseDisposed();
    return this.#arrays.tree() as P;
  }

  /** The optimizer's state over live memory of the host, in a frozen tree. Numbers in it that no schedule computes can be set. */
  get optState(): Bind<S, OnHost<P>> {
    return this.#train.optState as Bind<S, OnHost<P>>;
  }

  /**
   * Takes one step, and consumes the gradients.
   *
   * @param grads - a tree like the parameters; in place of gradients of integers null, or zeros, as jax-js computes them
   * @param extra - arguments beyond the gradients that transformations need, such as `value`: arrays, trees and functions of jax-js are
   *   converted, and arrays consumed
   * @throws GradloomError `DISPOSED` for an array without references, `STRUCTURE_MISMATCH` where a gradient is missing or has no
   *   parameter, `DTYPE_MISMATCH`, `SHAPE_MISMATCH`, `UNSUPPORTED` for a value that is traced; nothing has changed then
   */
  applyGradients(grads: P, extra?: ExtraArgs): void {
    const { held, convert } = this.#begin(grads, extra, false);
    this.#guard.during(() => this.#train.applyGradients(...convert(held.readNow())));
    this.#finish(held);
  }

  /**
   * Does the same as `applyGradients` without blocking the thread while a device computes the gradients. Functions among the extra
   * arguments may be asynchronous.
   *
   * @throws GradloomError like `applyGradients`; `STEP_IN_PROGRESS` where the last step is not done
   */
  async applyGradientsAsync(grads: P, extra?: ExtraArgs): Promise<void> {
    const { held, convert } = this.#begin(grads, extra, true);
    await this.#guard.duringAsync(async () => this.#train.applyGradientsAsync(...convert(await held.read())));
    this.#finish(held);
  }

  /** Returns everything that is needed to resume training, in new typed arrays: `JaxTrainState.create({ ...snapshot, tx })` goes on. */
  snapshot(): Snapshot<OnHost<P>, S> {
    return this.#train.snapshot() as Snapshot<OnHost<P>, S>;
  }

  /** @internal Returns what `snapshot` copies, live: for `save` of `gradloom/safetensors`. */
  [LIVE](): Snapshot<ReadonlyTree<OnHost<P>>, S> {
    this.#guard.refuseBusy();
    return this.#train[LIVE]() as Snapshot<ReadonlyTree<OnHost<P>>, S>;
  }

  /** Frees the memory, and releases the arrays of `params`. */
  dispose(): void {
    this.#guard.dispose();
    this.#arrays.dispose();
    this.#train.dispose();
  }

  /** Calls `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #begin(tree: unknown, given: ExtraArgs | undefined, waits: boolean) {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    const held = new Arguments();
    const grads = held.take(tree, "grads");
    this.#gradients.refuseOther(grads, "grads");
    const extra = new Extra(held, given, { def: this.#def, forms: this.#forms });
    held.refuseDisposed();
    const convert = (elements: Elements) => {
      const dataOf = (array: np.Array) => elements.get(array) as HostData;
      return [gradientTree(grads, dataOf), extra.toHost(dataOf, waits)] as const;
    };
    return { held, convert };
  }

  #finish(held: Arguments): void {
    this.#arrays.step();
    held.consume();
  }
}
