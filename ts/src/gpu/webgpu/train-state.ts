import { GradloomError } from "../../error.ts";
import type { SlotRef } from "../../plan/state.ts";
import { GRADS, PARAMS } from "../../plan/step.ts";
import type { Bind, ExtraArgs } from "../../plan/transformation.ts";
import type { ElementArray } from "../../pytree/dtype.ts";
import { pathIn, readTree } from "../../pytree/layout.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import { unflatten } from "../../pytree/tree-def.ts";
import type { InBuffers, OnDevice, WebGpuTrainState } from "../../train/device-train-state.ts";
import type { GpuDtype, GpuPlan } from "../gpu-plan.ts";
import { firstToReadBack } from "../phase-registers.ts";
import { unsupported } from "../refusals.ts";
import { isUsed, NOWHERE, placeOf } from "../slots.ts";
import { bytesFor, dtypeNamed } from "../storage.ts";
import { type DeviceStart, GpuTrainState } from "../train-state.ts";
import type { WebGpuExecutor } from "./executor.ts";
import type { Loan } from "./memory.ts";
import { readLoans } from "./read-loans.ts";
import type { DeviceCopy, WebGpuSession } from "./session.ts";
import { ALIGNMENT, holdsSlices, readSlices, refuseNoCopies } from "./slices.ts";
import { USAGE } from "./usage.ts";

/** What a training state on a `GPUDevice` starts from. */
export interface WebGpuStart<S> extends DeviceStart<S, WebGpuSession> {
  readonly executor: WebGpuExecutor;
  /** How parameters and gradients are stored. */
  readonly storage: { readonly params: GpuDtype; readonly grads: GpuDtype };
  /** Lowers the same plan for gradients that are lent. */
  readonly lowerForLent: () => GpuPlan;
}

/** A train state whose memory is open to other code on its device. */
export class BufferTrainState<P, S>
  extends GpuTrainState<P, S, WebGpuSession>
  implements WebGpuTrainState<P, S>
{
  readonly #executor: WebGpuExecutor;
  readonly #storage: WebGpuStart<S>["storage"];
  readonly #lowerForLent: () => GpuPlan;
  /** The transformation that looks at results of the step on the host. */
  readonly #readsBack: string | undefined;
  readonly #prepared = new Set<WebGpuSession>();
  #lent: WebGpuSession | undefined;

  constructor(start: WebGpuStart<S>) {
    super(start);
    this.#executor = start.executor;
    this.#storage = start.storage;
    this.#lowerForLent = start.lowerForLent;
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

  override applyGradients(grads?: P | InBuffers<P>, extra?: ExtraArgs): Promise<void> {
    return this.working(async () => {
      const inBuffers = grads !== undefined && holdsSlices(grads, "grads");
      const loans = inBuffers ? this.#loansOf(grads) : undefined;
      let arrays = inBuffers || grads === undefined ? [] : readTree(this.layout, grads, "grads");
      const lends = loans !== undefined && this.#canLend(loans);
      const session = lends ? (this.#lent ?? (await this.#openLent())) : this.session;
      if (lends) this.#lend(session, loans);
      else session.copyFirst(this.#copiesOf(loans ?? []));
      if (!this.#prepared.has(session)) {
        // The caller's arrays may change while the device is waited for.
        arrays = arrays.map((array) => array.slice());
        await session.prepare(this.program.saved);
        this.#prepared.add(session);
      }
      this.upload(arrays);
      this.program.use(session);
      await this.takeStep(extra);
    });
  }

  record(encoder: GPUCommandEncoder, grads?: InBuffers<P>, extra?: ExtraArgs): void {
    this.refuseUnready();
    if (this.#readsBack) {
      throw unsupported(
        "record",
        `${this.#readsBack} looks at results of the step on the host, so that it cannot be recorded.`,
      );
    }
    if (grads !== undefined && this.layout.leaves.length > 0 && !holdsSlices(grads, "grads")) {
      throw new GradloomError("INVALID_TREE", "typed arrays cannot be part of recorded commands.", {
        path: "grads",
        remedy: "Pass slices of GPU buffers, or write into those of train.grads and pass nothing.",
      });
    }
    const loans =
      grads === undefined ? undefined : readSlices(this.layout, grads, "grads", this.#storage.grads);
    const lends = loans !== undefined && this.#canLend(loans);
    const session = lends ? this.#openLentNow() : this.session;
    if (lends) this.#lend(session, loans);
    else session.copyFirst(this.#copiesOf(loans ?? []));
    this.program.record(session, (phases, scalars) => session.record(encoder, phases, scalars));
    this.takeStepNow(extra);
  }

  override dispose(): void {
    super.dispose();
    this.#lent?.close();
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
    const lent = this.session.memory.lent(PARAMS);
    if (!lent) return super.readArrays();
    return readLoans(this.session, lent, this.layout.leaves, this.#storage.params);
  }

  /** Where gradients lie in the caller's buffers, if they do. */
  #loansOf(grads: P | InBuffers<P>): Loan[] | undefined {
    const loans = readSlices(this.layout, grads, "grads", this.#storage.grads);
    return this.session.memory.hasGrads(loans) ? undefined : loans;
  }

  /** Whether shaders can read gradients where they lie: aligned, and apart from all that they write. */
  #canLend(loans: readonly Loan[]): boolean {
    const { memory } = this.session;
    return loans.every(
      ({ buffer, offset }) =>
        offset % ALIGNMENT === 0 && (buffer.usage & USAGE.storage) !== 0 && !memory.writes(buffer),
    );
  }

  #lend(session: WebGpuSession, loans: readonly Loan[]): void {
    if (session.lend(GRADS, loans)) this.#prepared.delete(session);
  }

  async #openLent(): Promise<WebGpuSession> {
    this.#lent = await this.#executor.open(this.#lowerForLent(), this.session);
    return this.#lent;
  }

  #openLentNow(): WebGpuSession {
    this.#lent ??= this.#executor.openNow(this.#lowerForLent(), this.session);
    return this.#lent;
  }

  /** From where gradients lie into the arena, where they do not lie there already. */
  #copiesOf(loans: readonly Loan[]): DeviceCopy[] {
    refuseNoCopies(loans, this.layout);
    const { memory } = this.session;
    const places = this.session.plan.buffers[GRADS]?.places ?? [];
    return loans.flatMap(({ buffer: source, offset: sourceOffset }, leaf) => {
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

  #tree(index: number): OnDevice<P> {
    const { plan, memory } = this.session;
    const { size: bytes = 0, places = [] } = plan.buffers[index] ?? {};
    const loans = memory.lent(index);
    const own = memory.buffer(bytes > 0 ? index : plan.info);
    return unflatten(this.layout.def, (leaf) => {
      const { shape } = this.layout.leaves[leaf] as LeafSpec;
      const place = ((bytes > 0 || loans) && places[leaf]) || NOWHERE;
      const lies = loans?.[leaf] ?? { buffer: own, offset: place.offset };
      const size = bytesFor(place.elements, place.dtype);
      return { ...lies, size, shape: [...shape], dtype: dtypeNamed(place.dtype) };
    }) as OnDevice<P>;
  }
}

const elsewhere = (path: string): GradloomError =>
  new GradloomError("OVERLAPPING_MEMORY", "this is the place of another gradient in train.grads.", {
    path,
    remedy: "Pass the slice of train.grads of this very leaf, or a buffer of your own.",
  });
