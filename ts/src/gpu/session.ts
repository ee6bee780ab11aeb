import type { GpuLimits, GpuPlan } from "./gpu-plan.ts";

/** One `GpuPlan` with its memory on a device, zeroed at first. Everything happens in the order of the calls. */
export interface GpuSession {
  readonly plan: GpuPlan;
  /** Writes bytes into a buffer of the plan; offset and length are multiples of 4. */
  write(buffer: number, offset: number, bytes: Uint8Array): void;
  /** Reads bytes back when all that was submitted before is done; offset and size are multiples of 4. */
  read(buffer: number, offset: number, size: number): Promise<Uint8Array>;
  /** Makes beforehand what a `read` of so many bytes needs, as far as that can fail. */
  reserve?(size: number): Promise<void>;
  /** Writes the scalars and runs phases in order: one write, one compute pass, one submit. */
  run(phases: readonly number[], scalars: Float32Array): void;
  /** Copies whole buffers and keeps the copies on the device. */
  save(buffers: readonly number[]): void;
  /** Puts back what `save` has copied. */
  restore(buffers: readonly number[]): void;
  /** Lets the memory go. Any later call throws DISPOSED; closing twice is harmless. */
  close(): void;
}

/** A device that runs plans: its errors are `GradloomError`s DEVICE_LOST, OUT_OF_MEMORY, LIMIT_EXCEEDED, INTERNAL. */
export interface GpuExecutor<S extends GpuSession = GpuSession> {
  /** Stable and lower case: `gpu`, `webgpu`. */
  readonly name: string;
  /** For people, for example `webgpu google swiftshader`. */
  readonly description: string;
  readonly limits: GpuLimits;
  /** Makes the memory and the pipelines of a plan; what binds them, and copies to undo a step by, come with the first step. */
  open(plan: GpuPlan): Promise<S>;
}
