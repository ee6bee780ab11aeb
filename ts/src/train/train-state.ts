/// <reference lib="esnext.disposable" preserve="true" />
import type { LeafArray } from "../engine/engine.ts";
import { resolveEngine } from "../engine/registry.ts";
import { asNode } from "../kernels/as-node.ts";
import { type OptionsOf, type Parsed, parse } from "../options.ts";
import { lower } from "../plan/lowering.ts";
import { cloneState, mapState, NONE, type SlotRef, type StateHolder } from "../plan/state.ts";
import { viewState } from "../plan/state-view.ts";
import { GRADS, PARAMS } from "../plan/step.ts";
import type { Bind, ExtraArgs, Gradients, GradientTransformation } from "../plan/transformation.ts";
import { copyArray, type ElementArray, type IntegerArray } from "../pytree/dtype.ts";
import { type Layout, layoutOf, readTree, writeTree } from "../pytree/layout.ts";
import { isShared } from "../pytree/overlap.ts";
import { freezeTree, type ReadonlyTree } from "../pytree/readonly-tree.ts";
import { MemoryProgram } from "../run/memory-program.ts";
import { copying, type StepInput } from "../run/step-input.ts";
import { type DeviceEngine, isDeviceEngine, type WebGpuEngine } from "./device-engine.ts";
import type { DeviceTrainState, WebGpuTrainState } from "./device-train-state.ts";
import type { Internals } from "./internals.ts";
import {
  type DeviceTrainStateOptions,
  madeWithNew,
  OPTIONS,
  refuseMissing,
  type TrainStateOptions,
} from "./options.ts";
import { areApart, refuseLost, refuseUnfit } from "./overlap.ts";
import { LIVE, type Snapshot } from "./snapshot.ts";
import { type AnyGradients, gradientsOf, type StepArguments } from "./step-arguments.ts";
import { StepGuard } from "./step-guard.ts";

interface Start<P, S> extends Parsed<typeof OPTIONS> {
  readonly tx: GradientTransformation<S>;
  readonly params: P;
  readonly program: MemoryProgram;
}

/** Gives adapters what they need of a training state. */
export let internalsOf: <P, S>(train: TrainState<P, S>) => Internals<P, S>;

/**
 * Parameters and the state of their optimizer, updated in place: Flax's `TrainState` over flat memory.
 *
 * Its trees are live views of that memory, in the structure of the parameters that it was created with.
 *
 * @example
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx: gl.sgd(0.1) });
 * train.applyGradients({ w: new Float32Array([10, 10]) });
 * console.log(train.params.w, train.step); // Float32Array(2) [ 0, 1 ] 1
 */
export class TrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  readonly #program: MemoryProgram;
  readonly #layout: Layout;
  readonly #every: readonly number[];
  readonly #state: StateHolder;
  /** The caller's own arrays, where they were adopted. */
  #adoptedArrays: readonly ElementArray[] | undefined;
  /** Throws where an adopted array is lost. */
  readonly #refuseLost: (() => void) | undefined;
  /** The adopted arrays, where the engine works on copies of them. */
  #mirrored: readonly ElementArray[] | undefined;
  #adopted: P | undefined;
  /** The leaves of integers, which no step changes. */
  #integers: readonly IntegerArray[] = [];
  #params: ReadonlyTree<P> | undefined;
  #grads: ReadonlyTree<Gradients<P>> | undefined;
  #optState: Readonly<StateHolder> | undefined;
  readonly #guard: StepGuard;

  static {
    internalsOf = (train) => train.#internals();
  }

  private constructor(start: Start<P, S>) {
    if (!(start?.program instanceof MemoryProgram)) throw madeWithNew();
    const { tx, params, program, adopt, optState, step } = start;
    const { layout } = program.lowering.builder;
    const arrays = readTree(layout, params, "params");
    this.tx = tx;
    this.#guard = new StepGuard(step, {
      message: "the last step is not done.",
      remedy: "Wait until applyGradients returns, or for the promise of applyGradientsAsync.",
    });
    this.#program = program;
    this.#layout = layout;
    this.#every = layout.leaves.map((_, i) => i);
    if (adopt) this.#adopt(params, arrays);
    else {
      program.arena.load(PARAMS, this.#every, arrays);
      this.#integers = this.#integersAmong(arrays).map(copyArray);
    }
    this.#refuseLost = adopt ? () => refuseLost(this.#adoptedArrays ?? [], layout) : undefined;
    const fill = (ref: SlotRef, value: unknown, path: string): unknown => {
      const given = value === NONE ? undefined : readTree(ref.layout, value, path);
      for (const leaf of ref.leaves) {
        program.arena.leaf(ref.buffer, leaf).set(given?.[leaf] ?? ref.first(leaf, arrays));
      }
      return program.slotTree(ref);
    };
    const visit = cloneState(fill, () => program.arena.copies(PARAMS, this.#every));
    const given = optState === undefined ? NONE : optState;
    this.#state = { state: mapState(program.lowering.state, given, "optState", visit) };
  }

  /**
   * Makes the state before the first step, or resumes from a snapshot. With the engine of a GPU it returns a promise.
   *
   * @param options - `params`, a tree, copied unless `adopt` is set; `tx`, the optimizer; `engine`, its name or an engine; `optState`
   *   and `step`, from which training resumes
   * @throws GradloomError where the tree is malformed, two leaves share memory, or a mask or label does not fit
   */
  static create<P, S>(
    options: DeviceTrainStateOptions<P, S> & {
      /** The engine of a WebGPU device; by default the current engine of the host. */
      readonly engine: WebGpuEngine;
    },
  ): Promise<WebGpuTrainState<P, S>>;
  static create<P, S>(
    options: DeviceTrainStateOptions<P, S> & {
      /** The engine of a GPU; by default the current engine of the host. */
      readonly engine: DeviceEngine;
    },
  ): Promise<DeviceTrainState<P, S>>;
  static create<P, S>(options: TrainStateOptions<P, S>): TrainState<P, S>;
  static create<P, S>(
    options: Omit<TrainStateOptions<P, S>, "engine"> & { readonly engine?: unknown },
  ): TrainState<P, S> | Promise<DeviceTrainState<P, S>> {
    const { params, tx, ...rest } = options ?? {};
    if (isDeviceEngine(rest.engine)) {
      const { engine, ...others } = rest;
      return rest.engine.createTrainState({ params, tx, ...others });
    }
    refuseMissing(params);
    const parsed = parse("TrainState.create", OPTIONS, rest as OptionsOf<typeof OPTIONS>);
    const { engine, adopt } = parsed;
    const node = asNode(tx, "TrainState.create.tx");
    const layout = layoutOf(params, "params");
    refuseUnfit(layout, readTree(layout, params, "params"), adopt);
    const program = new MemoryProgram(lower(node, layout, params), resolveEngine(engine), "apply");
    try {
      return new TrainState({ ...parsed, tx, params, program });
    } catch (error) {
      program.close();
      throw error;
    }
  }

  /** The number of steps taken. */
  get step(): number {
    return this.#guard.step;
  }

  /** A description of the engine that runs the steps: `native avx2, 2 threads`. */
  get engine(): string {
    return this.#program.engine.description;
  }

  /** The parameters: live views in a frozen tree, integers that no step changes, or the caller's own tree if it was adopted. */
  get params(): ReadonlyTree<P> {
    this.#guard.refuseDisposed();
    this.#params ??= (this.#adopted as ReadonlyTree<P> | undefined) ?? this.#view<P>(PARAMS, this.#layout);
    return this.#params;
  }

  /**
   * Memory for the gradients: write them here and call `applyGradients()` without a tree. It is a frozen tree like the parameters;
   * with `lookahead`, one like the fast parameters. It has null in place of integers.
   */
  get grads(): ReadonlyTree<Gradients<P>> {
    this.#guard.refuseDisposed();
    this.#grads ??= this.#view<Gradients<P>>(GRADS, this.#program.lowering.gradients.layout);
    return this.#grads;
  }

  /** The optimizer's state, with Optax's fields: live, in a frozen tree. Numbers in it that no schedule computes can be set. */
  get optState(): Bind<S, ReadonlyTree<P>> {
    this.#guard.refuseDisposed();
    this.#optState ??= viewState(this.#program.lowering.state, this.#state, "optState");
    return this.#optState.state as Bind<S, ReadonlyTree<P>>;
  }

  /**
   * Takes one step. Without arguments it uses the contents of `grads`; to give extra arguments too, write `applyGradients(train.grads, extra)`.
   *
   * @param grads - a tree like `grads`
   * @param extra - arguments beyond the gradients that transformations need, such as `value`
   * @throws GradloomError where the tree does not fit, an array is detached or a schedule fails, or where it is called during a step; nothing has changed then
   */
  applyGradients(): void;
  applyGradients(grads: AnyGradients<P>, extra?: ExtraArgs): void;
  applyGradients(...given: StepArguments<AnyGradients<P>>): void {
    const input = this.#begin(given);
    this.#guard.during(() => this.#program.step(this.#state, input));
    this.#finish();
  }

  /**
   * Takes one step with extra arguments that may be asynchronous functions, such as the objective of a line search on a GPU.
   * Until it is done no other step can be taken, and params and optState stay as they are.
   *
   * @throws GradloomError like `applyGradients`; `STEP_IN_PROGRESS` where the last one is not done
   * @example
   * const train = gl.TrainState.create({ params: { w: new Float32Array([3]) }, tx: gl.lbfgs() });
   * const valueAndGradFn = async ({ w }) => [w[0] ** 2, { w: new Float32Array([2 * w[0]]) }];
   * const [value, grad] = await valueAndGradFn(train.params);
   * await train.applyGradientsAsync(grad, { value, grad, valueAndGradFn });
   */
  applyGradientsAsync(): Promise<void>;
  applyGradientsAsync(grads: AnyGradients<P>, extra?: ExtraArgs): Promise<void>;
  async applyGradientsAsync(...given: StepArguments<AnyGradients<P>>): Promise<void> {
    const input = this.#begin(given);
    await this.#guard.duringAsync(() => this.#program.stepAsync(this.#state, input));
    this.#finish();
  }

  /**
   * Returns everything that is needed to resume training, in new arrays.
   *
   * @example
   * const tx = gl.adam(0.1);
   * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx });
   * train.applyGradients({ w: new Float32Array([2]) });
   * const resumed = gl.TrainState.create({ ...train.snapshot(), tx, engine: "wasm" });
   * console.log(resumed.step, resumed.optState[0].count); // 1 1
   */
  snapshot(): Snapshot<P, S> {
    const optState = this.#copyState();
    this.#refuseLost?.();
    const params = writeTree(this.#layout, (i) =>
      copyArray(
        this.#integers[i - this.#every.length] ??
          this.#adoptedArrays?.[i] ??
          this.#program.arena.leaf(PARAMS, i),
      ),
    );
    return { params: params as P, optState, step: this.step };
  }

  /** @internal */
  [LIVE](): Snapshot<ReadonlyTree<P>, S> {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    this.#refuseLost?.();
    return {
      params: this.params,
      optState: this.#state.state as Bind<S, ReadonlyTree<P>>,
      step: this.step,
    };
  }

  /** Frees the memory at once. Views of it are empty from now on, or show their last contents. Calling it again is harmless. */
  dispose(): void {
    this.#guard.dispose();
    this.#program.close();
  }

  /** Calls `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #begin(given: StepArguments<unknown>): StepInput {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    const grads = gradientsOf(given);
    const [, extra] = given;
    const { gradients, builder } = this.#program.lowering;
    const arrays =
      grads === undefined ? undefined : readTree(gradients.layout, grads, "grads", { nullIntegers: true });
    if (arrays) builder.integers.refuseChanges(arrays, "grads");
    this.#refuseLost?.();
    if (this.#mirrored) this.#program.arena.load(PARAMS, this.#every, this.#mirrored);
    if (arrays) this.#program.arena.load(GRADS, gradients.leaves, arrays);
    return this.#program.lowering.builder.main.sequence.length > 1
      ? copying(
          () => [...this.#program.arena.copies(PARAMS, this.#every), ...this.#integers],
          extra,
          this.#refuseLost,
        )
      : { params: undefined, extra, refuseLost: this.#refuseLost };
  }

  #finish(): void {
    this.#guard.count();
    this.#mirrored?.forEach((array, i) => {
      const own = this.#program.arena.leaf(PARAMS, i);
      // One that was lost since the step has run is refused by the next step.
      if (array.length === own.length) array.set(own);
    });
  }

  #internals(): Internals<P, S> {
    const read = (layout: Layout, tree: unknown, root: string): ElementArray[] => {
      this.#guard.refuseDisposed();
      this.#guard.refuseBusy();
      return readTree(layout, tree, root);
    };
    return {
      reaches: this.#program.reaches,
      copyState: () => this.#copyState(),
      adoptAgain: (params) => {
        const arrays = read(this.#layout, params, "params");
        refuseUnfit(this.#layout, arrays, true);
        this.#adopt(params, arrays);
      },
      lendGradients: (grads) => {
        const { layout, leaves } = this.#program.lowering.gradients;
        if (leaves.length !== this.#every.length) return;
        const arrays = read(layout, grads, "grads");
        const isApart = areApart([...(this.#adoptedArrays ?? []), ...arrays]) && !arrays.some(isShared);
        const lent = (isApart ? arrays : arrays.map(copyArray)) as LeafArray[];
        if (this.#program.adopt(GRADS, lent)) this.#grads = undefined;
      },
    };
  }

  #adopt(params: P, arrays: readonly ElementArray[]): void {
    const floats = arrays.slice(0, this.#every.length);
    const reached = this.#program.adopt(PARAMS, floats as LeafArray[]);
    if (!reached) this.#program.arena.load(PARAMS, this.#every, arrays);
    this.#adoptedArrays = arrays;
    this.#mirrored = reached ? undefined : floats;
    this.#integers = this.#integersAmong(arrays);
    this.#adopted = params;
    this.#params = undefined;
  }

  #integersAmong(arrays: readonly ElementArray[]): IntegerArray[] {
    return arrays.slice(this.#every.length) as unknown as IntegerArray[];
  }

  #view<T>(buffer: number, layout: Layout): ReadonlyTree<T> {
    const tree = writeTree(layout, (i) => {
      if (i < this.#every.length) return this.#program.arena.leaf(buffer, i);
      return buffer === PARAMS ? (this.#integers[i - this.#every.length] as IntegerArray) : null;
    });
    return freezeTree(tree) as ReadonlyTree<T>;
  }

  #copyState(): Bind<S, P> {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    const copies = cloneState((ref) => this.#program.slotCopy(ref));
    return mapState(this.#program.lowering.state, this.#state.state, "optState", copies) as Bind<S, P>;
  }
}
