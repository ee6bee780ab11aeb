import type { Bind, ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Leaf, Tensor } from "../pytree/leaf.ts";
import type { Snapshot } from "./snapshot.ts";
import type { HostGpuBuffer, HostGpuCommandEncoder } from "./web-gpu-types.ts";

/** Part of a GPU buffer: where a leaf lies on a device. */
export interface GpuSlice {
  readonly buffer: HostGpuBuffer;
  /** In bytes, by default 0. */
  readonly offset?: number;
  /** In bytes, by default what the leaf needs. */
  readonly size?: number;
  /** The sizes of the leaf's axes. Gradients need not say it. */
  readonly shape?: readonly number[];
  /** How its numbers are stored, by default `float32`; halves are packed in pairs. */
  readonly dtype?: DType;
}

/** The type of a tree like `P`, whose leaves lie on the host or on a device, with a `T` for each leaf. */
type LeavesOf<P, T> = P extends GpuSlice | Leaf
  ? T
  : P extends object
    ? { [K in keyof P]: LeavesOf<P[K], T> }
    : P;

/** A tree like the parameters in a device's own memory. */
export type OnDevice<P> = LeavesOf<P, Required<GpuSlice>>;

/** A tree like the parameters in buffers of the caller's. */
export type InBuffers<P> = LeavesOf<P, GpuSlice>;

/** The structure of parameters that lie in the caller's own GPU buffers, with typed arrays in place of the slices. */
export type FromDevice<P> = P extends Leaf
  ? P
  : P extends GpuSlice
    ? P extends { readonly shape: readonly [number] }
      ? Float32Array
      : Float32Array | Tensor<Float32Array>
    : P extends object
      ? { [K in keyof P]: FromDevice<P[K]> }
      : P;

/** Parameters and the state of their optimizer on a device, where steps are taken. */
export interface DeviceTrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  /** The number of steps taken. */
  readonly step: number;
  /** What runs the steps, for people. */
  readonly engine: string;
  /** The optimizer's state. Numbers in it are live and can be set like `hyperparams`; arrays stay on the device. */
  // biome-ignore lint/suspicious/noExplicitAny: arrays of the state are whatever the device holds them in
  readonly optState: any;
  /**
   * Takes one step. It resolves when the work has been handed to the device.
   *
   * @param grads - a tree like the parameters; without it, the gradients that the last step had
   * @param extra - what transformations need beyond gradients, such as `value`
   */
  applyGradients(grads?: P, extra?: ExtraArgs): Promise<void>;
  /** The parameters as typed arrays, in new memory. */
  readParams(): Promise<FromDevice<P>>;
  /** Everything that training goes on from, in new memory. */
  snapshot(): Promise<Snapshot<FromDevice<P>, S>>;
  /** Lets the memory on the device go. */
  dispose(): void;
}

/** The same on a `GPUDevice`: its memory is open to other code on that device. */
export interface WebGpuTrainState<P, S> extends Omit<DeviceTrainState<P, S>, "applyGradients" | "optState"> {
  /** Where the parameters lie: live memory. */
  readonly params: OnDevice<P>;
  /** Room for the gradients: write them here and call `applyGradients()` without a tree. */
  readonly grads: OnDevice<P>;
  /** The optimizer's state over live memory. Numbers in it can be set like `hyperparams`. */
  readonly optState: Bind<S, OnDevice<P>>;
  /**
   * Takes one step. It resolves when the work has been submitted to the device's queue.
   *
   * @param grads - typed arrays, or slices of the caller's own buffers; without it, what lies in `grads`
   * @param extra - what transformations need beyond gradients, such as `value`
   */
  applyGradients(grads?: P | InBuffers<P>, extra?: ExtraArgs): Promise<void>;
  /**
   * Adds one step to the caller's commands; it happens when those are submitted. They must be submitted in the order of recording.
   *
   * @param encoder - an encoder of the same device, with no pass open
   * @param grads - slices of the caller's own buffers; without it, what lies in `grads` by then
   * @throws GradloomError `UNSUPPORTED` where host code looks at results of the step
   */
  record(encoder: HostGpuCommandEncoder, grads?: InBuffers<P>, extra?: ExtraArgs): void;
}
