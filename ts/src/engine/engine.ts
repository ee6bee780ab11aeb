import type { FileHeaders } from "./headers.ts";

/** A backend that runs plans: the native addon, WebAssembly, or a user's own. */
export interface Engine {
  /** A stable name in lower case: `native`, `wasm`. */
  readonly name: string;
  /** A description to display, for example `native avx2, 2 threads`. */
  readonly description: string;
  /** Checks the plan completely and allocates its memory, zeroed. Throws INVALID_PLAN or OUT_OF_MEMORY. */
  open(plan: Uint8Array): Session;
  /**
   * Checks and writes the headers of safetensors files. The engines of the library have it.
   *
   * @internal
   */
  readonly headers?: FileHeaders;
}

/** An array of a leaf that a session can adopt. */
export type LeafArray = Float32Array | Float64Array;

/**
 * A plan with its memory. Buffers: 0 grads, 1 params, 2 updates, 3 + i slot i.
 *
 * Returned arrays are live views, the same in each call, until `close`.
 */
export interface Session {
  /** Returns the bytes of a buffer, null where it has no memory in this plan. */
  buffer(index: number): Uint8Array | null;
  /** Returns the offset of a leaf in a buffer, in bytes; -1 where it has no memory. */
  offset(buffer: number, leaf: number): number;
  /** Returns the host scalars: write them before a run. */
  scalars(): Float64Array;
  /** Returns the registers, which hold results of reductions: register r of leaf l is at r * leaves + l. */
  registers(): Float64Array;
  run(phase: number): void;
  /**
   * Makes the caller's own arrays the memory of a buffer, one array per leaf in leaf order, without a copy. Each run checks that
   * they are still attached (DETACHED_MEMORY). The method is absent where the engine cannot reach memory of JavaScript.
   */
  adopt?(buffer: number, arrays: readonly LeafArray[]): void;
  /** Frees the memory. Any later call throws DISPOSED; closing twice is harmless. */
  close(): void;
}
