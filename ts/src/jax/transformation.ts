import { defaultDevice, type JsTree, type numpy as np, tree } from "@jax-js/jax";
import { asNode } from "../kernels/as-node.ts";
import type { Node, Transformation } from "../plan/node.ts";
import type { ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import { hasLayout, type Layout, layoutOf } from "../pytree/layout.ts";
import { Arguments, type Parts } from "./arguments.ts";
import type { HostData } from "./array.ts";
import { Extra } from "./extra.ts";
import { gradientTree, hostTree, jaxTree, shapeOf } from "./host-tree.ts";
import { hostState, jaxState, type OptState, takeState, withoutLeaves } from "./state.ts";

/** The key under which a transformation of jax-js's trees holds the one of gradloom that it runs. */
export const INNER: unique symbol = Symbol.for("gradloom.jax.inner");

/**
 * A transformation over trees of jax-js, with the signatures of its optimizers. Calls that succeed consume a reference of every array that
 * they are given; calls that fail consume none.
 */
export interface JaxTransformation {
  /** @internal */
  readonly [INNER]: GradientTransformation;
  /** Returns the state before the first step. */
  init<P extends JsTree<np.Array>>(params: P): OptState;
  /** Takes one step: turns gradients into updates, to be added to the parameters. */
  update<P extends JsTree<np.Array>>(
    updates: P,
    state: OptState,
    params?: P,
    extra?: ExtraArgs,
  ): [updates: P, state: OptState];
  /** Does the same as `init` without blocking the thread while a device computes. */
  initAsync<P extends JsTree<np.Array>>(params: P): Promise<OptState>;
  /** Does the same as `update` without blocking the thread while a device computes. */
  updateAsync<P extends JsTree<np.Array>>(
    updates: P,
    state: OptState,
    params?: P,
    extra?: ExtraArgs,
  ): Promise<[updates: P, state: OptState]>;
}

type Elements = ReadonlyMap<np.Array, HostData>;

/** Returns whether a transformation takes the gradients of a part of the parameters, and returns updates of all. */
const takesPart = (node: Node): boolean => (node.gradientsOf?.() ?? []).length > 0;

const deviceOf = ({ leaves }: Parts) => leaves[0]?.device ?? defaultDevice();

/**
 * Turns a transformation of gradloom into one over trees of jax-js, with the signatures of jax-js's own optimizers.
 *
 * Each call copies gradients, state and parameters to gradloom's engine and back: `JaxTrainState` keeps them there. The values of arrays
 * are needed, so `update` runs outside of `jit`. Arrays in float16 are computed in single precision, and so is their state.
 *
 * @param tx - a transformation of gradloom, or your own over typed arrays
 * @throws GradloomError `INVALID_HYPERPARAMETER` where it is none. In calls: `DISPOSED` for an array without references, `UNSUPPORTED`
 *   for a value that is traced, `DTYPE_MISMATCH`, `SHAPE_MISMATCH` and `STRUCTURE_MISMATCH` where trees do not fit, each with the path of
 *   the leaf; nothing is consumed then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { toJaxTransformation } from "gradloom/jax";
 * const solver = toJaxTransformation(gl.sgd(0.5));
 * let params = np.array([1, 2]);
 * const state = solver.init(params.ref);
 * const [updates] = solver.update(np.array([2, 2]), state, params.ref);
 * params = params.add(updates);
 * console.log(params.js()); // [0, 1]
 */
export const toJaxTransformation = (tx: GradientTransformation): JaxTransformation => {
  const node = asNode(tx, "toJaxTransformation.tx");

  let recent: { readonly layout: Layout; readonly form: unknown } | undefined;
  /** Returns the form of the state for a tree. */
  const formOf = (params: unknown): unknown => {
    if (!recent || !hasLayout(recent.layout, params)) {
      recent = { layout: layoutOf(params, "params"), form: withoutLeaves(tx.init(params as never)) };
    }
    return recent.form;
  };

  const beginInit = (tree: unknown) => {
    const held = new Arguments();
    const params = held.take(tree, "params");
    shapeOf(params);
    held.refuseDisposed();
    const finish = (elements: Elements): OptState => {
      const host = hostTree(params, (array) => elements.get(array) as HostData);
      const state = jaxState(tx.init(host as never), deviceOf(params));
      held.consume();
      return state;
    };
    return { held, finish };
  };

  const beginUpdate = (
    updates: unknown,
    state: unknown,
    params: unknown,
    given: ExtraArgs | undefined,
    waits: boolean,
  ) => {
    const held = new Arguments();
    const u = held.take(updates, "updates");
    const shape = shapeOf(u);
    takeState(held, state, "state");
    const p = params === undefined || params === null ? undefined : held.take(params, "params");
    const whole = p ? shapeOf(p) : shape;
    const extra = new Extra(held, given, whole);
    held.refuseDisposed();
    const convert = (elements: Elements) => {
      const dataOf = (array: np.Array) => elements.get(array) as HostData;
      const grads = gradientTree(u, dataOf);
      const before = p && hostTree(p, dataOf);
      const like = formOf(before ?? grads);
      return [
        grads as never,
        hostState(state, like, dataOf),
        before as never,
        extra.toHost(dataOf, waits),
      ] satisfies Parameters<Transformation["update"]>;
    };
    const finish = <P>([made, next]: readonly [unknown, unknown]): [P, OptState] => {
      const result = jaxTree(takesPart(node) ? whole : shape, made);
      try {
        const after = jaxState(next, deviceOf(u));
        held.consume();
        return [result as P, after];
      } catch (error) {
        tree.dispose(result as OptState);
        throw error;
      }
    };
    return { held, convert, finish };
  };

  return {
    [INNER]: tx,
    init(params) {
      const { held, finish } = beginInit(params);
      return finish(held.readNow());
    },
    async initAsync(params) {
      const { held, finish } = beginInit(params);
      return finish(await held.read());
    },
    update(updates, state, params, extra) {
      const { held, convert, finish } = beginUpdate(updates, state, params, extra, false);
      return finish(tx.update(...convert(held.readNow())));
    },
    async updateAsync(updates, state, params, extra) {
      const { held, convert, finish } = beginUpdate(updates, state, params, extra, true);
      const args = convert(await held.read());
      const { updateAsync } = tx as Partial<Transformation>;
      return finish(await (updateAsync ? updateAsync(...args) : tx.update(...args)));
    },
  };
};
