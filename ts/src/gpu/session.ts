import type { GpuLimits, GpuPlan } from "./gpu-plan.ts";

/** A `GpuPlan` with its memory on a device, initially zero. Calls take effect in their order. */
export interface GpuSession {
  readonly plan: GpuPlan;
  /** Writes bytes into a buffer of the plan; offset and length are multiples of 4. */
  write(buffer: number, offset: number, bytes: Uint8Array): void;
  /** Reads bytes back after all work submitted before; offset and size are multiples of 4. */
  read(buffer: number, offset: number, size: number): Promise<Uint8Array>;
  /** Allocates the memory that a `read` of `size` bytes needs, so that it cannot fail for lack of it. */
  reserve?(size: number): Promise<void>;
  /**
   * Writes the scalars and runs phases in order, in one compute pass and one submission.
   *
   * @returns where the caller's buffers take part, a promise that is rejected if the device refuses the submission and runs nothing
   */
  run(phases: readonly number[], scalars: Float32Array): Promise<void> | undefined;
  /** Saves copies of whole buffers on the device. */
  save(buffers: readonly number[]): void;
  /** Restores buffers from the copies of `save`. */
  restore(buffers: readonly number[]): void;
  /** Frees the memory. Any later call throws DISPOSED; closing twice is harmless. */
  close(): void;
}

/** A device that runs plans. Its errors are DEVICE_LOST, OUT_OF_MEMORY, LIMIT_EXCEEDED and INTERNAL. */
export interface GpuExecutor<S extends GpuSession = GpuSession> {
  /** A stable name in lower case: `gpu`, `webgpu`. */
  readonly name: string;
  /** A description to display, for example `webgpu google swiftshader`. */
  readonly description: string;
  readonly limits: GpuLimits;
  /** Makes the memory and the pipelines of a plan. Bind groups and copies for undoing a step are made with the first step. */
  open(plan: GpuPlan): Promise<S>;
}
