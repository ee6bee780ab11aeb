/// <reference lib="esnext.disposable" preserve="true" />
import type { Bind, ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Leaf, Tensor } from "../pytree/leaf.ts";
import type { ReadonlyTree } from "../pytree/readonly-tree.ts";
import type { Snapshot } from "./snapshot.ts";
import type { HostGpuBuffer, HostGpuCommandEncoder } from "./web-gpu-types.ts";

/** A part of a GPU buffer that holds a leaf. */
export interface GpuSlice {
  readonly buffer: HostGpuBuffer;
  /** The first byte, by default 0. */
  readonly offset?: number;
  /** The number of bytes, by default as many as the leaf needs. */
  readonly size?: number;
  /** The shape of the leaf. It may be left out for gradients. */
  readonly shape?: readonly number[];
  /** The storage type, by default `float32`; half-precision numbers are packed in pairs. */
  readonly dtype?: DType;
}

/** The type of a read-only tree like `P` with a `T` for each leaf; leaves of `P` are arrays or GPU slices. */
export type LeavesOf<P, T> = P extends GpuSlice | Leaf
  ? T
  : P extends ArrayBufferView
    ? P
    : P extends object
      ? { readonly [K in keyof P]: LeavesOf<P[K], T> }
      : P;

/** A tree like the parameters whose leaves are GPU slices. */
export type OnDevice<P> = LeavesOf<P, Required<GpuSlice>>;

/** A tree like the parameters whose leaves are slices of the caller's own GPU buffers. */
export type InBuffers<P> = LeavesOf<P, GpuSlice>;

/** A tree like parameters given as GPU slices, with typed arrays in place of the slices. */
export type FromDevice<P> = P extends Leaf | ArrayBufferView
  ? P
  : P extends GpuSlice
    ? P extends { readonly shape: readonly [number] }
      ? Float32Array
      : Float32Array | Tensor<Float32Array>
    : P extends object
      ? { [K in keyof P]: FromDevice<P[K]> }
      : P;

/** Parameters and the state of their optimizer in the memory of a device, which takes the steps. */
export interface DeviceTrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  /** The number of steps taken. */
  readonly step: number;
  /** A description of the engine that runs the steps. */
  readonly engine: string;
  /** The optimizer's state. Numbers in it are live, and those that no schedule computes can be set; arrays stay on the device. */
  // biome-ignore lint/suspicious/noExplicitAny: arrays of the state are whatever the device holds them in
  readonly optState: any;
  /**
   * Takes one step. The promise resolves when the work has been handed to the device. Without arguments it uses the gradients of the last step.
   *
   * @param grads - a tree like the parameters
   * @param extra - arguments beyond the gradients that transformations need, such as `value`
   */
  applyGradients(): Promise<void>;
  applyGradients(grads: P | ReadonlyTree<P>, extra?: ExtraArgs): Promise<void>;
  /** Reads the parameters into new typed arrays. */
  readParams(): Promise<FromDevice<P>>;
  /** Reads everything that is needed to resume training into new arrays. */
  snapshot(): Promise<Snapshot<FromDevice<P>, S>>;
  /** Frees the memory on the device. */
  dispose(): void;
  /** Calls `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/** A training state on a `GPUDevice`, whose memory other code on that device may use. */
export interface WebGpuTrainState<P, S> extends Omit<DeviceTrainState<P, S>, "applyGradients" | "optState"> {
  /** The live memory of the parameters. */
  readonly params: OnDevice<P>;
  /** Memory for the gradients: write them here and call `applyGradients()` without a tree. */
  readonly grads: OnDevice<P>;
  /** The optimizer's state over live memory, in a frozen tree. Numbers in it that no schedule computes can be set. */
  readonly optState: Bind<S, OnDevice<P>>;
  /**
   * Takes one step. The promise resolves when the work has been submitted to the device's queue and, if buffers of the caller take part,
   * the device has accepted them. Without arguments it uses the contents of `grads`; to give extra arguments too, write
   * `applyGradients(train.grads, extra)`.
   *
   * @param grads - typed arrays, or slices of the caller's own buffers
   * @param extra - arguments beyond the gradients that transformations need, such as `value`
   * @throws GradloomError `DETACHED_MEMORY` where a buffer is destroyed or mapped, `INVALID_TREE` where it is of another device or lacks
   *   a usage; nothing has changed then
   */
  applyGradients(): Promise<void>;
  applyGradients(grads: P | ReadonlyTree<P> | InBuffers<P>, extra?: ExtraArgs): Promise<void>;
  /**
   * Records one step into the caller's command encoder. Submit the encoders in the order of recording.
   *
   * Whether a buffer is destroyed or of another device is known only when the commands are submitted: the step counts all the same.
   *
   * @param encoder - an encoder of the same device, with no pass open
   * @param grads - slices of the caller's own buffers; without it, the contents of `grads` when the commands run
   * @throws GradloomError `UNSUPPORTED` where a transformation reads results of the step on the host
   */
  record(encoder: HostGpuCommandEncoder): void;
  record(encoder: HostGpuCommandEncoder, grads: InBuffers<P>, extra?: ExtraArgs): void;
}
