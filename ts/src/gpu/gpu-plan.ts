/** A plan lowered for a device, as `crates/gpu` writes it: data only. */
export interface GpuPlan {
  readonly leaves: number;
  /** 0 grads, 1 params, 2 updates, 3 + i slot i, then what only the device sees. */
  readonly buffers: readonly GpuPlanBuffer[];
  /** The buffer that starts with the registers: register r of leaf l is the f32 at r * leaves + l. */
  readonly info: number;
  /** Words that lie in `info` from `tableOffset` bytes on. */
  readonly table: readonly number[];
  readonly tableOffset: number;
  /** How many host scalars there are: f32s in the first uniform buffer. */
  readonly scalars: number;
  /** Bytes of the first uniform buffer. */
  readonly scalarsSize: number;
  /** The second uniform buffer, which never changes: a block for each dispatch. */
  readonly dispatchWords: readonly number[];
  readonly pipelines: readonly GpuPipeline[];
  /** What each phase dispatches, in order, in one compute pass. */
  readonly phases: readonly (readonly GpuDispatch[])[];
}

/** Bytes of a dispatch's block in the second uniform buffer. */
export const DISPATCH_BLOCK = 256;

/** How numbers lie on a device; the halves are packed in pairs. */
export type GpuDtype = "f32" | "f16" | "bf16";

/** A storage buffer of a plan. */
export interface GpuPlanBuffer {
  /** For people. */
  readonly label: string;
  /** Bytes; 0 where the plan does not use it, or where each leaf lies in a buffer of the caller's. */
  readonly size: number;
  /** For each leaf where it lies, null where it does not. Of lent leaves `offset` says nothing. */
  readonly places: readonly (GpuPlace | null)[];
  /** Whether it consists of buffers of the caller's, one per leaf. */
  readonly lent: boolean;
}

/** A leaf in a buffer. */
export interface GpuPlace {
  /** In bytes. */
  readonly offset: number;
  /** How many numbers. */
  readonly elements: number;
  readonly dtype: GpuDtype;
}

/** A compute shader with the entry point `main`; in group 0 binding 0 is the scalars, 1 the dispatch's block, 2 + i `storage[i]`. */
export interface GpuPipeline {
  /** For people. */
  readonly label: string;
  readonly wgsl: string;
  readonly storage: readonly ("read-only-storage" | "storage")[];
}

/** One dispatch of a pipeline. */
export interface GpuDispatch {
  readonly pipeline: number;
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Where its block starts in the second uniform buffer, in bytes. */
  readonly block: number;
  /** What is bound to each of the pipeline's storage bindings. */
  readonly storage: readonly GpuRange[];
}

/** A part of a storage buffer. */
export interface GpuRange {
  readonly buffer: number;
  /** Where the buffer is lent: the leaf whose buffer is meant; `offset` then counts from the start of the leaf. */
  readonly leaf?: number;
  /** In bytes, a multiple of 256. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** What a device allows, under WebGPU's names. */
export interface GpuLimits {
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxUniformBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxBufferSize: number;
}

/** Where gradients or parameters lie, and as what. */
export interface GpuPlacement {
  readonly dtype: GpuDtype;
  /** Whether each leaf lies in a buffer of the caller's, from a multiple of 256 bytes on. */
  readonly lent: boolean;
}

/** How a plan is to lie on a device. */
export interface GpuRequest {
  readonly limits: GpuLimits;
  readonly grads: GpuPlacement;
  readonly params: GpuPlacement;
}
