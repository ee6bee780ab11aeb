import type { Lowering } from "../plan/lowering.ts";
import { cloneState, mapState, NONE, type SlotRef, type StateHolder } from "../plan/state.ts";
import { viewState } from "../plan/state-view.ts";
import { GRADS, PARAMS } from "../plan/step.ts";
import type { Bind, ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import { type ElementArray, type IntegerArray, newIntegers } from "../pytree/dtype.ts";
import { type Layout, readTree, writeTree } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import type { ReadonlyTree } from "../pytree/readonly-tree.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { DeviceTrainState, FromDevice } from "../train/device-train-state.ts";
import type { Snapshot } from "../train/snapshot.ts";
import { gradientsOf, type StepArguments } from "../train/step-arguments.ts";
import { StepGuard } from "../train/step-guard.ts";
import { GpuProgram } from "./program.ts";
import { Registers } from "./registers.ts";
import type { GpuSession } from "./session.ts";
import { isUsed, NOWHERE, readSlot, writeSlot } from "./slots.ts";
import { bytesFor, fromDevice, toDevice } from "./storage.ts";

/** The parts that a training state on a device is made from. */
export interface DeviceStart<S, Own extends GpuSession> {
  readonly tx: GradientTransformation<S>;
  readonly lowering: Lowering;
  readonly session: Own;
  readonly description: string;
  readonly step: number;
  /** The leaves of integers, which stay on the host. */
  readonly integers: readonly IntegerArray[];
}

/** A training state on a device. It takes gradients from the host; subclasses may take them from buffers of the device too. */
export class GpuTrainState<P, S, Own extends GpuSession = GpuSession> implements DeviceTrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  readonly engine: string;
  protected readonly session: Own;
  protected readonly program: GpuProgram;
  protected readonly layout: Layout;
  protected readonly integers: readonly IntegerArray[];
  readonly #holder: StateHolder = { state: undefined };
  readonly #lowering: Lowering;
  /** The arrays of slots without memory on the device, which never change. */
  readonly #idle = new Map<SlotRef, readonly ElementArray[]>();
  readonly #guard: StepGuard;
  #optState: Readonly<StateHolder> | undefined;

  constructor({ tx, lowering, session, description, step, integers }: DeviceStart<S, Own>) {
    const { layout, registers } = lowering.builder;
    this.tx = tx;
    this.engine = description;
    this.session = session;
    this.layout = layout;
    this.integers = integers;
    this.program = new GpuProgram(lowering, session, new Registers(session.plan, registers, session));
    this.#lowering = lowering;
    this.#guard = new StepGuard(step, {
      message: "the last call is not done.",
      remedy: "Wait for the promise of the last call.",
    });
  }

  get step(): number {
    return this.#guard.step;
  }

  // biome-ignore lint/suspicious/noExplicitAny: see the interface
  get optState(): any {
    this.refuseDisposed();
    this.#optState ??= viewState(this.#lowering.state, this.#holder, "optState");
    return this.#optState.state;
  }

  /** Writes the parameters to the device. */
  writeParams(arrays: readonly ElementArray[]): void {
    arrays.forEach((array, leaf) => {
      this.#write(PARAMS, leaf, array);
    });
  }

  /**
   * Makes the state before the first step, or that of a snapshot.
   *
   * @param params - the parameters, rounded to the storage of the device
   */
  writeState(optState: unknown, params: readonly ElementArray[]): void {
    const given = optState === undefined ? NONE : optState;
    const write = (ref: SlotRef, value: unknown, path: string): unknown => {
      const arrays = value === NONE ? undefined : readTree(ref.layout, value, path);
      const at = (i: number) => arrays?.[i] ?? this.first(ref, i, params);
      if (!isUsed(this.session.plan, ref)) {
        const held: ElementArray[] = [];
        for (const i of ref.leaves) held[i] = at(i).slice();
        this.#idle.set(ref, held);
      } else if (arrays || ref.initial !== 0) this.writeSlot(ref, at);
      return this.slotTree(ref);
    };
    const visit = cloneState(write, params.length > 0 ? () => params : undefined);
    this.#holder.state = mapState(this.#lowering.state, given, "optState", visit);
  }

  applyGradients(...given: StepArguments<P | ReadonlyTree<P>>): Promise<void> {
    return this.working(async () => {
      const grads = gradientsOf(given);
      if (grads !== undefined) this.upload(this.readGradients(grads));
      await this.takeStep(given[1]);
    });
  }

  readParams(): Promise<FromDevice<P>> {
    return this.working(async () => {
      const params = await this.readArrays();
      return this.#paramsTree(params);
    });
  }

  snapshot(): Promise<Snapshot<FromDevice<P>, S>> {
    return this.working(async () => {
      const params = await this.readArrays();
      const refs: SlotRef[] = [];
      this.copyState((ref) => refs.push(ref));
      const slots = new Map(this.#idle);
      for (const ref of refs.filter((ref) => !slots.has(ref))) {
        slots.set(ref, await readSlot(this.session, ref));
      }
      return {
        params: this.#paramsTree(params),
        optState: this.copyState((ref) => writeTree(ref.layout, (i) => slots.get(ref)![i]!.slice())) as Bind<
          S,
          FromDevice<P>
        >,
        step: this.#guard.step,
      };
    });
  }

  dispose(): void {
    this.#guard.dispose();
    this.session.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Copies the state, with the trees of its slots made by a function. */
  protected copyState(slot: (ref: SlotRef) => unknown): unknown {
    return mapState(this.#lowering.state, this.#holder.state, "optState", cloneState(slot));
  }

  /** Returns the arrays of a slot without memory on the device, undefined for any other. */
  protected idle(ref: SlotRef): readonly ElementArray[] | undefined {
    return this.#idle.get(ref);
  }

  /** Returns the array of a slot before the first step. */
  protected first(ref: SlotRef, leaf: number, params: readonly ElementArray[]): ElementArray {
    return ref.first(leaf, params);
  }

  /** Writes arrays into a slot. */
  protected writeSlot(ref: SlotRef, arrays: (index: number) => ElementArray): void {
    writeSlot(this.session, ref, arrays);
  }

  /** Returns the tree of a slot in `optState`. */
  protected slotTree({ layout }: SlotRef): unknown {
    return unflatten(layout.def, (i) => {
      const { shape, dtype } = layout.leaves[i] as LeafSpec;
      return { shape: [...shape], dtype };
    });
  }

  /** Reads gradients from the host, without those of integers. */
  protected readGradients(grads: unknown): ElementArray[] {
    const arrays = readTree(this.layout, grads, "grads", { nullIntegers: true });
    this.#lowering.builder.integers.refuseChanges(arrays, "grads");
    return arrays.slice(0, this.layout.leaves.length);
  }

  #paramsTree(arrays: readonly ElementArray[]): FromDevice<P> {
    const { length } = this.layout.leaves;
    return writeTree(this.layout, (i) =>
      i < length ? (arrays[i] as ElementArray) : newIntegers(this.integers[i - length] as IntegerArray),
    ) as FromDevice<P>;
  }

  /** Writes gradients to the device. */
  protected upload(arrays: readonly ElementArray[]): void {
    arrays.forEach((array, leaf) => {
      this.#write(GRADS, leaf, array);
    });
  }

  /** Takes one step with the gradients that are on the device. */
  protected async takeStep(extra: ExtraArgs | undefined): Promise<void> {
    await this.program.stepAsync(this.#holder, { params: undefined, extra });
    this.#guard.count();
  }

  /** Takes one step synchronously. */
  protected takeStepNow(extra: ExtraArgs | undefined): void {
    this.program.step(this.#holder, { params: undefined, extra });
    this.#guard.count();
  }

  /** Reads the parameters, one array per leaf. */
  protected async readArrays(): Promise<ElementArray[]> {
    const { size = 0, places = [] } = this.session.plan.buffers[PARAMS] ?? {};
    const bytes = size === 0 ? new Uint8Array(0) : await this.session.read(PARAMS, 0, size);
    return this.layout.leaves.map(({ size: elements, dtype }, leaf) => {
      const { offset, dtype: storage } = places[leaf] ?? NOWHERE;
      const end = offset + bytesFor(elements, storage);
      return fromDevice(bytes.slice(offset, end), elements, storage, dtype);
    });
  }

  /** Runs an asynchronous body; calls until it is done are refused. */
  protected async working<T>(body: () => Promise<T>): Promise<T> {
    this.refuseUnready();
    return this.#guard.duringAsync(body);
  }

  protected refuseUnready(): void {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    this.program.refuseBroken();
  }

  protected refuseDisposed(): void {
    this.#guard.refuseDisposed();
  }

  #write(buffer: number, leaf: number, array: ElementArray): void {
    const place = this.session.plan.buffers[buffer]?.places[leaf];
    const { dtype } = this.layout.leaves[leaf] as LeafSpec;
    if (place && array.length > 0) {
      this.session.write(buffer, place.offset, toDevice(array, dtype, place.dtype));
    }
  }
}
