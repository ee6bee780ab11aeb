import type { GpuDispatch, GpuPlan } from "../gpu-plan.ts";
import { DISPATCH_BLOCK } from "../gpu-plan.ts";
import type { Borrowed, Memory } from "./memory.ts";
import type { Compiled } from "./pipelines.ts";

/** The number of sets of borrowed buffers whose bind groups are cached: a caller may alternate between a few. */
const MOST_BORROWED = 3;

/** The dispatches of a plan with their bind groups, which are made when they first run. */
export class Commands {
  readonly #device: GPUDevice;
  readonly #plan: GpuPlan;
  readonly #memory: Memory;
  readonly #pipelines: readonly Compiled[];
  readonly #own = new Map<GpuDispatch, GPUBindGroup>();
  readonly #onBorrowed = new Map<string, Map<GpuDispatch, GPUBindGroup>>();
  readonly #names = new WeakMap<GPUBuffer, number>();
  /** What is borrowed for each buffer of the plan, as text. */
  readonly #borrowed = new Map<number, string>();
  #named = 0;
  #current = new Map<GpuDispatch, GPUBindGroup>();

  constructor(device: GPUDevice, plan: GpuPlan, memory: Memory, pipelines: readonly Compiled[]) {
    this.#device = device;
    this.#plan = plan;
    this.#memory = memory;
    this.#pipelines = pipelines;
  }

  /** Borrows buffers of the caller as the memory of a buffer, one per leaf. Returns whether they need new bind groups. */
  borrow(buffer: number, borrowed: readonly Borrowed[]): boolean {
    this.#memory.borrow(buffer, borrowed);
    const places = borrowed.map((slice) => `${this.#nameOf(slice.buffer)}+${slice.offset}`);
    this.#borrowed.set(buffer, `${buffer}:${places}`);
    const key = [...this.#borrowed.values()].join();
    const known = this.#onBorrowed.get(key);
    this.#current = known ?? new Map();
    this.#onBorrowed.delete(key);
    this.#onBorrowed.set(key, this.#current);
    if (this.#onBorrowed.size > MOST_BORROWED)
      this.#onBorrowed.delete(this.#onBorrowed.keys().next().value as string);
    return !known;
  }

  /** Forgets the bind groups of the current borrowed buffers: the device has refused some of them. */
  forgetBorrowed(): void {
    this.#current.clear();
    for (const [key, groups] of this.#onBorrowed) if (groups === this.#current) this.#onBorrowed.delete(key);
  }

  /** Encodes the dispatches of phases into a compute pass. */
  encode(pass: GPUComputePassEncoder, phases: readonly number[]): void {
    let last = -1;
    for (const phase of phases) {
      for (const dispatch of this.#plan.phases[phase] ?? []) {
        const { pipeline, workgroups } = dispatch;
        if (pipeline !== last) pass.setPipeline((this.#pipelines[pipeline] as Compiled).pipeline);
        last = pipeline;
        pass.setBindGroup(0, this.#bound(dispatch));
        pass.dispatchWorkgroups(...workgroups);
      }
    }
  }

  /** Makes the bind groups of phases in advance, inside error scopes. */
  prepare(phases: readonly number[]): void {
    for (const phase of phases) for (const dispatch of this.#plan.phases[phase] ?? []) this.#bound(dispatch);
  }

  #bound(dispatch: GpuDispatch): GPUBindGroup {
    const groups = dispatch.storage.some(({ leaf }) => leaf !== undefined) ? this.#current : this.#own;
    const known = groups.get(dispatch);
    if (known) return known;
    const made = this.#bind(dispatch);
    groups.set(dispatch, made);
    return made;
  }

  #bind({ pipeline, block, storage }: GpuDispatch): GPUBindGroup {
    const { scalars, blocks } = this.#memory;
    const uniforms = [{ buffer: scalars }, { buffer: blocks, offset: block, size: DISPATCH_BLOCK }];
    const resources = [...uniforms, ...storage.map((range) => this.#memory.binding(range))];
    return this.#device.createBindGroup({
      layout: (this.#pipelines[pipeline] as Compiled).layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }

  #nameOf(buffer: GPUBuffer): number {
    const known = this.#names.get(buffer) ?? this.#named++;
    this.#names.set(buffer, known);
    return known;
  }
}
