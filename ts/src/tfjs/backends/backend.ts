import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../../engine/engine.ts";
import type { ExtraArgs, GradientTransformation } from "../../plan/transformation.ts";
import type { WebGpuEngine } from "../../train/device-engine.ts";
import type { VariableTree } from "../variable-tree.ts";

/** Where the optimizer finds variables and gradients: in the memory of TensorFlow.js, or in copies that each step makes. */
export interface TfMemory {
  /** The backend of TensorFlow.js, such as `cpu`, `wasm` or `webgl`. */
  readonly backend: string;
  readonly params: "in place" | "copied";
  readonly grads: "in place" | "copied";
}

/** What a training starts from. */
export interface Start {
  readonly variables: readonly Variable[];
  /** The tree of these variables, in the same order. */
  readonly tree: VariableTree;
  readonly tx: GradientTransformation;
  readonly engine: string | Engine | WebGpuEngine | undefined;
  /** Returns the state from which training goes on, given that before the first step; absent where that is it. */
  readonly restore: ((fresh: unknown) => unknown) | undefined;
  /** The number of steps taken. */
  readonly step: number;
}

/** An optimizer of a list of variables in the memory of one backend. */
export interface Training {
  readonly memory: TfMemory;
  /** The number of steps taken. */
  readonly step: number;
  /** The live state. */
  readonly optState: unknown;
  /**
   * Takes a step; if it throws, nothing has changed.
   *
   * @param grads - a gradient of the shape of each variable, undefined in place of zeros
   */
  applyGradients(grads: readonly (Tensor | undefined)[], extra: ExtraArgs): void;
  /** Returns a copy of the state, for another training of the same backend: its arrays may be of a kind of their own. */
  snapshot(): unknown;
  /** Returns a part of a snapshot, of this or of an earlier training, with typed arrays. */
  read<T>(part: T): Promise<T>;
  /** Returns a copy of the state with typed arrays. */
  save(): Promise<unknown>;
  /** Leaves the variables with their values in memory of TensorFlow.js, and frees what the optimizer has. */
  dispose(): void;
}

/** A backend of TensorFlow.js, or several that are treated alike. */
export interface Backend {
  /** Makes the training of some variables, all of which the backend has already or takes over now. */
  open(start: Start): Training;
}
