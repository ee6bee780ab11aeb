import { GradloomError } from "../../error.ts";
import type { SlotRef } from "../../plan/state.ts";
import { GRADS, PARAMS } from "../../plan/step.ts";
import type { Bind } from "../../plan/transformation.ts";
import type { ElementArray } from "../../pytree/dtype.ts";
import { pathIn, writeTree } from "../../pytree/layout.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import { freezeTree, type ReadonlyTree } from "../../pytree/readonly-tree.ts";
import { unflatten } from "../../pytree/tree-def.ts";
import type { InBuffers, OnDevice, WebGpuTrainState } from "../../train/device-train-state.ts";
import { gradientsOf, type StepArguments } from "../../train/step-arguments.ts";
import type { GpuDtype, GpuPlan } from "../gpu-plan.ts";
import { firstToReadBack } from "../phase-registers.ts";
import type { Submit } from "../program.ts";
import { unsupported } from "../refusals.ts";
import { isUsed, NOWHERE, placeOf } from "../slots.ts";
import { bytesFor, dtypeNamed } from "../storage.ts";
import { type DeviceStart, GpuTrainState } from "../train-state.ts";
import type { WebGpuExecutor } from "./executor.ts";
import { blaming, type LentBuffer, lentBuffers } from "./lent-buffers.ts";
import type { Borrowed } from "./memory.ts";
import { readBorrowed } from "./read-borrowed.ts";
import type { DeviceCopy, WebGpuSession } from "./session.ts";
import {
  ALIGNMENT,
  holdsSlices,
  readSlices,
  refuseNoCopies,
  refuseOverlappingSlices,
  refuseUnaligned,
} from "./slices.ts";
import { heldBy, readHeld, standInsOf, writeHeld } from "./stand-ins.ts";
import { ADOPTED, USAGE } from "./usage.ts";

/** The parts that a training state on a `GPUDevice` is made from. */
export interface WebGpuStart<S> extends DeviceStart<S, WebGpuSession> {
  readonly executor: WebGpuExecutor;
  /** The storage types of parameters and gradients. */
  readonly storage: { readonly params: GpuDtype; readonly grads: GpuDtype };
  /** Lowers the same plan for borrowed gradients. */
  readonly lowerForBorrowed: () => GpuPlan;
}

/** A training state on a `GPUDevice`, whose memory other code on the device may use. */
export class BufferTrainState<P, S>
  extends GpuTrainState<P, S, WebGpuSession>
  implements WebGpuTrainState<P, S>
{
  readonly #executor: WebGpuExecutor;
  readonly #storage: WebGpuStart<S>["storage"];
  readonly #lowerForBorrowed: () => GpuPlan;
  /** The name of a transformation that reads results of the step on the host, if there is one. */
  readonly #readsBack: string | undefined;
  readonly #prepared = new Set<WebGpuSession>();
  #borrowing: WebGpuSession | undefined;

  constructor(start: WebGpuStart<S>) {
    super(start);
    this.#executor = start.executor;
    this.#storage = start.storage;
    this.#lowerForBorrowed = start.lowerForBorrowed;
    this.#readsBack = firstToReadBack(start.lowering.builder);
  }

  get params(): OnDevice<P> {
    this.refuseDisposed();
    return this.#tree(PARAMS);
  }

  get grads(): OnDevice<P> {
    this.refuseDisposed();
    return this.#tree(GRADS);
  }

  override get optState(): Bind<S, OnDevice<P>> {
    return super.optState;
  }

  override applyGradients(...given: StepArguments<P | ReadonlyTree<P> | InBuffers<P>>): Promise<void> {
    return this.working(async () => {
      const grads = gradientsOf(given);
      const inBuffers = grads !== undefined && holdsSlices(grads, "grads");
      const borrowed = inBuffers ? this.#borrowedOf(grads) : undefined;
      let arrays = inBuffers || grads === undefined ? [] : this.readGradients(grads);
      const borrows = borrowed !== undefined && this.#canBorrow(borrowed);
      const session = borrows ? (this.#borrowing ?? (await this.#openBorrowing())) : this.session;
      if (borrows) this.#borrow(session, borrowed);
      else session.copyFirst(this.#copiesOf(borrowed ?? []));
      await this.#blaming(borrowed, async () => {
        if (!this.#prepared.has(session)) {
          // The caller may change its arrays during the wait for the device.
          arrays = arrays.map((array) => array.slice());
          await session.prepare(this.program.saved);
          this.#prepared.add(session);
        }
        this.upload(arrays);
        this.program.use(session);
        await this.takeStep(given[1]);
      });
    });
  }

  record(encoder: GPUCommandEncoder, ...given: StepArguments<InBuffers<P>>): void {
    this.#stepNow("record", given, (session, phases, scalars) => session.record(encoder, phases, scalars));
  }

  /** Goes on with adopted parameters in other buffers, without waiting for the device: its errors show up later. */
  moveParams(params: InBuffers<P>): void {
    this.refuseUnready();
    const borrowed = readSlices(this.layout, params, "params", this.#storage.params, ADOPTED);
    refuseOverlappingSlices(borrowed, this.layout, this.#storage.params);
    refuseUnaligned(borrowed, this.layout);
    for (const session of [this.session, this.#borrowing]) session?.borrow(PARAMS, borrowed);
    this.#prepared.clear();
  }

  /** Takes one step and submits it, without waiting for the device to accept buffers of the caller: its errors show up later. */
  applyGradientsNow(...given: StepArguments<InBuffers<P>>): void {
    this.#stepNow("applyGradientsNow", given, (session, phases, scalars) => session.runNow(phases, scalars));
  }

  #stepNow(
    caller: string,
    given: StepArguments<InBuffers<P>>,
    submit: (session: WebGpuSession, ...of: Parameters<Submit>) => void,
  ): void {
    this.refuseUnready();
    const grads = gradientsOf(given);
    if (this.#readsBack) {
      throw unsupported(
        caller,
        `${this.#readsBack} reads results of the step on the host, and this call cannot wait for them.`,
      );
    }
    if (grads !== undefined && this.layout.leaves.length > 0 && !holdsSlices(grads, "grads")) {
      throw new GradloomError("INVALID_TREE", "typed arrays cannot be part of recorded commands.", {
        path: "grads",
        remedy: "Pass slices of GPU buffers, or write into those of train.grads and pass nothing.",
      });
    }
    const borrowed =
      grads === undefined ? undefined : readSlices(this.layout, grads, "grads", this.#storage.grads);
    const borrows = borrowed !== undefined && this.#canBorrow(borrowed);
    const session = borrows ? this.#openBorrowingNow() : this.session;
    if (borrows) this.#borrow(session, borrowed);
    else session.copyFirst(this.#copiesOf(borrowed ?? []));
    this.program.record(session, (phases, scalars) => {
      submit(session, phases, scalars);
      return undefined;
    });
    this.takeStepNow(given[1]);
  }

  /** Copies the state on the device, without waiting for it. Its arrays are stand-ins for `writeState` and `readCopies`. */
  copyStateNow(): unknown {
    const copies = new Map<number, GPUBuffer>();
    return this.#standIns((buffer) => {
      const copy = copies.get(buffer) ?? this.session.copyOf(buffer);
      copies.set(buffer, copy);
      return copy;
    });
  }

  /** Returns the state with stand-ins for its live arrays. `writeState` leaves those alone that are still in their places. */
  liveState(): unknown {
    return this.#standIns((buffer) => this.session.memory.buffer(buffer));
  }

  #standIns(bufferOf: (index: number) => GPUBuffer): unknown {
    this.refuseUnready();
    const onDevice = standInsOf(this.session, bufferOf);
    return this.copyState((ref) => {
      const idle = this.idle(ref);
      return writeTree(ref.layout, idle ? (i) => (idle[i] as ElementArray).slice() : onDevice(ref));
    });
  }

  /** Reads what `copyStateNow` of this state, or of another one on the device, returned, or any part of it. */
  readCopies<T>(tree: T): Promise<T> {
    return this.working(() => readHeld(this.session, tree) as Promise<T>);
  }

  override dispose(): void {
    super.dispose();
    this.#borrowing?.close();
  }

  protected override first(ref: SlotRef, leaf: number, params: readonly ElementArray[]): ElementArray {
    const { dtype } = ref.layout.leaves[leaf] as LeafSpec;
    const given = ref.initial === "params" ? params[leaf] : undefined;
    return given && heldBy(given) && dtype === "float32" ? given : super.first(ref, leaf, params);
  }

  protected override writeSlot(ref: SlotRef, arrays: (index: number) => ElementArray): void {
    if (ref.leaves.some((index) => heldBy(arrays(index)))) writeHeld(this.session, ref, arrays);
    else super.writeSlot(ref, arrays);
  }

  protected override slotTree(ref: SlotRef): unknown {
    return unflatten(ref.layout.def, (i) => {
      const { shape } = ref.layout.leaves[i] as LeafSpec;
      const { plan, memory } = this.session;
      const used = isUsed(plan, ref);
      const { offset, elements, dtype } = (used && placeOf(plan, ref, i)) || NOWHERE;
      const buffer = memory.buffer(used ? ref.buffer : plan.info);
      return { buffer, offset, size: bytesFor(elements, dtype), shape: [...shape], dtype: dtypeNamed(dtype) };
    });
  }

  protected override async readArrays(): Promise<ElementArray[]> {
    const borrowed = this.session.memory.borrowed(PARAMS);
    if (!borrowed) return super.readArrays();
    return this.#blaming(undefined, () =>
      readBorrowed(this.session, borrowed, this.layout.leaves, this.#storage.params),
    );
  }

  /** Runs work on the caller's buffers: adopted parameters, and perhaps gradients. An error names the leaf that is to blame. */
  #blaming<T>(grads: readonly Borrowed[] | undefined, work: () => Promise<T>): Promise<T> {
    const lent = (): LentBuffer[] => [
      ...lentBuffers("params", this.session.memory.borrowed(PARAMS) ?? [], this.layout),
      ...lentBuffers("grads", grads ?? [], this.layout),
    ];
    return blaming(this.#executor, lent, work);
  }

  /** Returns the places of gradients in the caller's buffers, undefined where they are in the plan's own buffer. */
  #borrowedOf(grads: unknown): Borrowed[] | undefined {
    const borrowed = readSlices(this.layout, grads, "grads", this.#storage.grads);
    return this.session.memory.hasGrads(borrowed) ? undefined : borrowed;
  }

  /** Returns whether shaders can read gradients in place: they must be aligned, and in no buffer that shaders write. */
  #canBorrow(borrowed: readonly Borrowed[]): boolean {
    const { memory } = this.session;
    return borrowed.every(
      ({ buffer, offset }) =>
        offset % ALIGNMENT === 0 && (buffer.usage & USAGE.storage) !== 0 && !memory.writes(buffer),
    );
  }

  #borrow(session: WebGpuSession, borrowed: readonly Borrowed[]): void {
    if (session.borrow(GRADS, borrowed)) this.#prepared.delete(session);
  }

  async #openBorrowing(): Promise<WebGpuSession> {
    this.#borrowing = await this.#executor.open(this.#lowerForBorrowed(), this.session);
    return this.#borrowing;
  }

  #openBorrowingNow(): WebGpuSession {
    this.#borrowing ??= this.#executor.openNow(this.#lowerForBorrowed(), this.session);
    return this.#borrowing;
  }

  /** Returns the copies that bring gradients into the plan's own buffer. */
  #copiesOf(borrowed: readonly Borrowed[]): DeviceCopy[] {
    refuseNoCopies(borrowed, this.layout);
    const { memory } = this.session;
    const places = this.session.plan.buffers[GRADS]?.places ?? [];
    return borrowed.flatMap(({ buffer: source, offset: sourceOffset }, leaf) => {
      const place = places[leaf];
      if (!place || place.elements === 0) return [];
      if (memory.isGrads(source)) {
        if (sourceOffset === place.offset) return [];
        throw elsewhere(pathIn("grads", (this.layout.leaves[leaf] as LeafSpec).path));
      }
      const size = bytesFor(place.elements, place.dtype);
      return [{ source, sourceOffset, buffer: GRADS, offset: place.offset, size }];
    });
  }

  #integerLeaf(leaf: number): unknown {
    const at = leaf - this.layout.leaves.length;
    const [data, spec] = [this.integers[at], this.layout.integers[at]];
    return spec?.shaped ? { data, shape: [...spec.shape] } : data;
  }

  #tree(index: number): OnDevice<P> {
    const { plan, memory } = this.session;
    const { size: bytes = 0, places = [] } = plan.buffers[index] ?? {};
    const borrowed = memory.borrowed(index);
    const own = memory.buffer(bytes > 0 ? index : plan.info);
    const tree = unflatten(this.layout.def, (leaf) => {
      const spec = this.layout.leaves[leaf];
      if (!spec) return index === PARAMS ? this.#integerLeaf(leaf) : null;
      const { shape } = spec;
      const place = ((bytes > 0 || borrowed) && places[leaf]) || NOWHERE;
      const lies = borrowed?.[leaf] ?? { buffer: own, offset: place.offset };
      const size = bytesFor(place.elements, place.dtype);
      return { ...lies, size, shape: [...shape], dtype: dtypeNamed(place.dtype) };
    });
    return freezeTree(tree) as OnDevice<P>;
  }
}

const elsewhere = (path: string): GradloomError =>
  new GradloomError("OVERLAPPING_MEMORY", "this is the memory of another gradient of train.grads.", {
    path,
    remedy: "Pass the slice of train.grads of this very leaf, or a buffer of your own.",
  });
