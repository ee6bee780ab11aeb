/** Something that runs plans: the native addon, WebAssembly, or a user's own. */
export interface Engine {
  /** Stable and lower case: `native`, `wasm`. */
  readonly name: string;
  /** For people, for example `native avx2, 2 threads`. */
  readonly description: string;
  /** Checks the plan completely and allocates its memory, zeroed. Throws INVALID_PLAN or OUT_OF_MEMORY. */
  open(plan: Uint8Array): Session;
}

/** A leaf's own memory, as a caller may lend it. */
export type LeafArray = Float32Array | Float64Array;

/**
 * One plan with its memory. Buffers: 0 grads, 1 params, 2 updates, 3 + i slot i.
 *
 * Arrays are live views: after WebAssembly memory has grown an earlier one is detached, so ask again.
 */
export interface Session {
  /** Bytes of a buffer, null where the plan gives it no memory. */
  buffer(index: number): Uint8Array | null;
  /** Where a leaf starts in a buffer, in bytes, -1 where it has no memory. */
  offset(buffer: number, leaf: number): number;
  /** Host scalars: write them before a run. */
  scalars(): Float64Array;
  /** Results of reductions: register r of leaf l is at r * leaves + l. */
  registers(): Float64Array;
  run(phase: number): void;
  /**
   * Lets a buffer's leaves lie in the caller's own arrays, one per leaf in leaf order: no copy is made.
   * Each run checks them again (DETACHED_MEMORY). Undefined where the engine cannot reach foreign memory.
   */
  adopt?(buffer: number, arrays: readonly LeafArray[]): void;
  /** Lets the memory go. Any later call throws DISPOSED; closing twice is harmless. */
  close(): void;
}
