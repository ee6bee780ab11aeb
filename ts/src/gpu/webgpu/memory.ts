import { engineError } from "../../engine/failure.ts";
import { GRADS } from "../../plan/step.ts";
import type { GpuPlan, GpuPlanBuffer, GpuRange } from "../gpu-plan.ts";
import { USAGE } from "./usage.ts";

/** The place of a leaf in a buffer of the caller. */
export interface Borrowed {
  readonly buffer: GPUBuffer;
  /** The offset in bytes, a multiple of 256. */
  readonly offset: number;
}

const words = (device: GPUDevice, label: string, usage: number, least: number, data: readonly number[]) => {
  const buffer = device.createBuffer({
    label,
    size: Math.max(least, 4 * data.length),
    usage: usage | USAGE.copyTarget,
  });
  if (data.length > 0) device.queue.writeBuffer(buffer, 0, Uint32Array.from(data));
  return buffer;
};

/** The buffers of a plan on a device; the caller's own may replace some of them. */
export class Memory {
  readonly scalars: GPUBuffer;
  readonly blocks: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #plan: GpuPlan;
  readonly #buffers: (GPUBuffer | undefined)[];
  readonly #shared: ReadonlySet<number>;
  readonly #borrowed = new Map<number, readonly Borrowed[]>();

  /** @param other - memory of another plan of the same transformation and tree, which shares parameters and state with this one */
  constructor(device: GPUDevice, plan: GpuPlan, other?: Memory) {
    this.#device = device;
    this.#plan = plan;
    const indices = plan.buffers.map((_, i) => i);
    this.#shared = new Set(indices.filter((i) => other !== undefined && isShared(plan, i, other.#plan)));
    this.#buffers = plan.buffers.map((buffer, i) => {
      if (this.#shared.has(i)) return (other as Memory).#buffers[i];
      return i === GRADS ? undefined : this.#make(buffer);
    });
    for (const [buffer, borrowed] of other ? other.#borrowed : []) {
      if (plan.buffers[buffer]?.lent) this.#borrowed.set(buffer, borrowed);
    }
    this.scalars = words(device, "scalars", USAGE.uniform, Math.max(16, plan.scalarsSize), []);
    this.blocks = words(device, "dispatches", USAGE.uniform, 256, plan.dispatchWords);
    const table = Uint32Array.from(plan.table);
    if (table.length > 0) device.queue.writeBuffer(this.buffer(plan.info), plan.tableOffset, table);
  }

  /** Returns a buffer of the plan. The one for gradients is made at its first use: a session that borrows gradients needs none. */
  buffer(index: number): GPUBuffer {
    const made = this.#buffers[index] ?? this.#make(this.#plan.buffers[index] as GpuPlanBuffer);
    if (!made) throw engineError("INTERNAL", `the plan has no buffer ${index}.`);
    this.#buffers[index] = made;
    return made;
  }

  /** Borrows buffers of the caller as the memory of a buffer, one per leaf. */
  borrow(index: number, borrowed: readonly Borrowed[]): void {
    this.#borrowed.set(index, borrowed);
  }

  /** Whether buffers of the caller are in use. */
  get borrows(): boolean {
    return this.#borrowed.size > 0;
  }

  borrowed(index: number): readonly Borrowed[] | undefined {
    return this.#borrowed.get(index);
  }

  /** Returns the binding of a range of the plan. */
  binding({ buffer, leaf, offset, size }: GpuRange): GPUBufferBinding {
    if (leaf === undefined) return { buffer: this.buffer(buffer), offset, size };
    const slice = this.#borrowed.get(buffer)?.[leaf];
    if (!slice) throw engineError("INTERNAL", `no memory was borrowed for leaf ${leaf} of buffer ${buffer}.`);
    return { buffer: slice.buffer, offset: slice.offset + offset, size };
  }

  /** Returns whether kernels may write to a buffer: one of the plan or a borrowed one, but for gradients. */
  writes(buffer: GPUBuffer): boolean {
    const own = this.#buffers.indexOf(buffer);
    if (own >= 0 && own !== GRADS) return true;
    return [...this.#borrowed].some(
      ([index, borrowed]) => index !== GRADS && borrowed.some((slice) => slice.buffer === buffer),
    );
  }

  /** Returns whether a buffer is the plan's own one for gradients. */
  isGrads(buffer: GPUBuffer): boolean {
    return buffer === this.#buffers[GRADS];
  }

  /** Returns whether gradients are already in their places in the plan's own buffer. */
  hasGrads(borrowed: readonly Borrowed[]): boolean {
    const { places } = this.#plan.buffers[GRADS] as GpuPlanBuffer;
    const own = this.#buffers[GRADS];
    return borrowed.every(({ buffer, offset }, leaf) => buffer === own && offset === places[leaf]?.offset);
  }

  destroy(): void {
    this.#buffers.forEach((buffer, i) => {
      if (!this.#shared.has(i)) buffer?.destroy();
    });
    this.scalars.destroy();
    this.blocks.destroy();
  }

  #make({ label, size }: GpuPlanBuffer): GPUBuffer | undefined {
    if (size === 0) return undefined;
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    return this.#device.createBuffer({ label, size, usage });
  }
}

/** Returns whether two plans of one transformation share a buffer: parameters and slots, but not registers and scratch. */
const isShared = ({ info, buffers }: GpuPlan, index: number, other: GpuPlan): boolean => {
  const [own, theirs] = [buffers[index] as GpuPlanBuffer, other.buffers[index] as GpuPlanBuffer];
  if (index === GRADS || index >= info || own.size === 0 || theirs.size === 0) return false;
  if (own.size === theirs.size) return true;
  throw engineError("INTERNAL", `two plans of one transformation lay out ${own.label} differently.`);
};
