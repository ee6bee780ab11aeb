import { type Device, defaultDevice, type numpy as np } from "@jax-js/jax";
import type { Bind, GradientTransformation } from "../plan/transformation.ts";
import { isLeaf as isHostLeaf, type Leaf } from "../pytree/leaf.ts";
import { flatten, type TreeDef, unflatten } from "../pytree/tree-def.ts";
import { Arguments, isLeaf } from "./arguments.ts";
import { type ArrayForm, formOf, formOfLeaf, type HostData, zerosOf } from "./array.ts";
import { below } from "./gradients.ts";
import { hostLeaf } from "./host-tree.ts";
import { hostState, takeState } from "./state.ts";

/** The parameters that a training state starts from: arrays of jax-js, or those of a snapshot on the host. */
export class Start {
  readonly def: TreeDef;
  /** The paths of the leaves below the root. */
  readonly paths: readonly string[];
  readonly forms: readonly ArrayForm[];
  readonly held = new Arguments();
  readonly leaves: readonly (np.Array | Leaf)[];
  readonly #optState: unknown;

  /**
   * @param optState - a state of gradloom, or a tree of jax-js
   * @param device - the device of arrays made of those on the host
   */
  constructor(params: unknown, optState: unknown, device: Device = defaultDevice()) {
    const flat = flatten<np.Array | Leaf>(params, "params", (value) => isHostLeaf(value) || isLeaf(value));
    this.def = flat.def;
    this.paths = flat.paths.map((path) => below(path, "params"));
    this.leaves = flat.leaves;
    this.forms = flat.leaves.map((leaf, i) => {
      const path = flat.paths[i] as string;
      if (!isHostLeaf(leaf)) return formOf(this.held.takeArray(leaf, path), path);
      return formOfLeaf(leaf, path, device);
    });
    this.#optState = optState;
    if (optState !== undefined) takeState(this.held, optState, "optState");
    this.held.refuseDisposed();
  }

  /** Makes a tree of gradloom of the parameters: `leaf` makes the leaf of an array of jax-js. */
  hostTree(leaf: (array: np.Array, index: number) => unknown): unknown {
    return unflatten(this.def, (i) => {
      const value = this.leaves[i] as np.Array | Leaf;
      return isHostLeaf(value) ? value : leaf(value, i);
    });
  }

  /** Makes gradloom's state of the given one; undefined where there is none. */
  state<S>(
    tx: GradientTransformation<S>,
    elements: ReadonlyMap<np.Array, HostData>,
  ): Bind<S, unknown> | undefined {
    if (this.#optState === undefined) return undefined;
    const zeros = this.hostTree(({ dtype, size, shape }) => hostLeaf(zerosOf(dtype, size), shape));
    const like = tx.init(zeros as never);
    return hostState(this.#optState, like, (array) => elements.get(array) as HostData) as Bind<S, unknown>;
  }
}
