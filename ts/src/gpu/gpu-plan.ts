/** A plan lowered for a device by `crates/gpu`; it is data only. */
export interface GpuPlan {
  readonly leaves: number;
  /** The buffers: 0 grads, 1 params, 2 updates, 3 + i slot i, then those of the device alone. */
  readonly buffers: readonly GpuPlanBuffer[];
  /** The index of the buffer that starts with the registers: register r of leaf l is the f32 at r * leaves + l. */
  readonly info: number;
  /** Words to be written into `info` from byte `tableOffset` on. */
  readonly table: readonly number[];
  readonly tableOffset: number;
  /** The number of host scalars: f32s in the first uniform buffer. */
  readonly scalars: number;
  /** The size of the first uniform buffer in bytes. */
  readonly scalarsSize: number;
  /** The contents of the second uniform buffer, which never change: a block for each dispatch. */
  readonly dispatchWords: readonly number[];
  readonly pipelines: readonly GpuPipeline[];
  /** The dispatches of each phase in order; a phase is one compute pass. */
  readonly phases: readonly (readonly GpuDispatch[])[];
}

/** The size of a dispatch's block in the second uniform buffer in bytes. */
export const DISPATCH_BLOCK = 256;

/** The storage types of a device; half-precision numbers are packed in pairs. */
export type GpuDtype = "f32" | "f16" | "bf16";

/** A storage buffer of a plan. */
export interface GpuPlanBuffer {
  /** The label of the buffer, for WebGPU's error messages. */
  readonly label: string;
  /** The size in bytes; 0 where the plan does not use the buffer, or where the caller's buffers replace it. */
  readonly size: number;
  /** The place of each leaf, null for leaves that are not in the buffer. `offset` is not used where the buffer is `lent`. */
  readonly places: readonly (GpuPlace | null)[];
  /** Whether buffers of the caller, one per leaf, replace this one: the caller lends what `Memory` calls `borrowed`. */
  readonly lent: boolean;
}

/** The place of a leaf in a buffer. */
export interface GpuPlace {
  /** The offset in bytes. */
  readonly offset: number;
  /** The number of elements. */
  readonly elements: number;
  readonly dtype: GpuDtype;
}

/** A compute shader with the entry point `main`. In group 0, binding 0 is the scalars, 1 the dispatch's block, 2 + i `storage[i]`. */
export interface GpuPipeline {
  /** The label of the pipeline, for WebGPU's error messages. */
  readonly label: string;
  readonly wgsl: string;
  readonly storage: readonly ("read-only-storage" | "storage")[];
}

/** One dispatch of a pipeline. */
export interface GpuDispatch {
  readonly pipeline: number;
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** The offset of its block in the second uniform buffer, in bytes. */
  readonly block: number;
  /** The range for each of the pipeline's storage bindings. */
  readonly storage: readonly GpuRange[];
}

/** A part of a storage buffer. */
export interface GpuRange {
  readonly buffer: number;
  /** For a `lent` buffer the index of the leaf; each leaf has a buffer of its own, and `offset` counts from the start of the leaf. */
  readonly leaf?: number;
  /** The offset in bytes, a multiple of 256. */
  readonly offset: number;
  /** The size in bytes. */
  readonly size: number;
}

/** The limits of a device, under WebGPU's names. */
export interface GpuLimits {
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxUniformBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxBufferSize: number;
}

/** The memory and the storage type of gradients or parameters. */
export interface GpuPlacement {
  readonly dtype: GpuDtype;
  /** Whether each leaf is in a buffer of the caller, at an offset that is a multiple of 256 bytes. */
  readonly lent: boolean;
}

/** The device and the placements that a plan is to be lowered for. */
export interface GpuRequest {
  readonly limits: GpuLimits;
  readonly grads: GpuPlacement;
  readonly params: GpuPlacement;
}
