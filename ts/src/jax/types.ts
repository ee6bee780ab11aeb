import type { JsTree, numpy as np } from "@jax-js/jax";
import type { Engine } from "../engine/engine.ts";
import type { Bind, GradientTransformation } from "../plan/transformation.ts";
import type { HostLeaf } from "../pytree/tree-type.ts";
import type { WebGpuEngine } from "../train/device-engine.ts";

/** The type of a tree like `P` with arrays of jax-js for leaves, where `P` may have leaves of the host. */
export type ArraysOf<P> = P extends np.Array | HostLeaf
  ? np.Array
  : P extends object
    ? { [K in keyof P]: ArraysOf<P[K]> }
    : P;

/** The type of a tree like `P` with leaves of the host for arrays of jax-js. */
export type OnHost<P> = P extends np.Array | HostLeaf
  ? HostLeaf
  : P extends object
    ? { [K in keyof P]: OnHost<P[K]> }
    : P;

/** The options of `JaxTrainState.create`. */
export interface JaxTrainStateOptions<P, S> {
  /**
   * The parameters: a tree of arrays of jax-js, of which one reference each is consumed, or of typed arrays, such as those of a snapshot,
   * for which arrays are made.
   */
  readonly params: P;
  /** The optimizer: a transformation of gradloom. */
  readonly tx: GradientTransformation<S>;
  /** The engine that takes the steps, by name or itself; by default the current one. */
  readonly engine?: string | Engine | undefined;
  /** The state from which training resumes: that of a snapshot, or a tree of jax-js. By default that before the first step. */
  readonly optState?: Bind<S, OnHost<P>> | JsTree<np.Array> | undefined;
  /** The number of steps taken so far, by default 0. */
  readonly step?: number | undefined;
}

/** The options of `JaxTrainState.create` on a WebGPU device. */
export interface JaxDeviceTrainStateOptions<P, S> extends Omit<JaxTrainStateOptions<P, S>, "engine"> {
  /** The engine of jax-js's device: `await gl.gpu.webgpu({ device: getWebGPUDevice() })`. */
  readonly engine: WebGpuEngine;
  /**
   * Writes the parameters into the buffers of the arrays of `params` themselves, which stay the same arrays, instead of copying them on the
   * device after each step; by default false. jax-js computes late: what depends on `params` must be computed, with
   * `await blockUntilReady(x)`, before the step, or it is computed from the new parameters.
   */
  readonly adopt?: boolean | undefined;
}
