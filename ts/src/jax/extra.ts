import { numpy as np } from "@jax-js/jax";
import type { ExtraArgs } from "../plan/transformation.ts";
import { unflatten } from "../pytree/tree-def.ts";
import { Arguments, type Parts, partsOf } from "./arguments.ts";
import type { HostData } from "./array.ts";
import { hostLeaf, jaxTree, type Shape } from "./host-tree.ts";

type Elements = (array: np.Array) => HostData;

/** Replaces the arrays of a value: one of rank 0 by its number, any other by a leaf of gradloom. */
const onHost = ({ def, leaves }: Parts<unknown>, elements: Elements): unknown =>
  unflatten(def, (i) => {
    const leaf = leaves[i];
    if (!(leaf instanceof np.Array)) return leaf;
    const data = elements(leaf);
    return leaf.ndim === 0 ? Number(data[0]) : hostLeaf(data, leaf.shape);
  });

/** Lets gradloom call a function over trees of jax-js, such as `valueAndGrad(loss)`. It is given new arrays, which it consumes. */
const wrap = (f: (...args: readonly unknown[]) => unknown, shape: Shape, path: string, waits: boolean) => {
  const call = (params: unknown, rest: readonly unknown[]) => f(jaxTree(shape, params), ...rest);
  const take = (result: unknown) => {
    const held = new Arguments();
    const parts = partsOf(result, path);
    held.takeAmong(parts);
    return { held, parts };
  };
  const convert = (parts: Parts<unknown>, elements: ReadonlyMap<np.Array, HostData>) =>
    onHost(parts, (array) => elements.get(array) as HostData);
  if (!waits) {
    return (params: unknown, ...rest: readonly unknown[]) => {
      const { held, parts } = take(call(params, rest));
      try {
        return convert(parts, held.readNow());
      } finally {
        held.consume();
      }
    };
  }
  return async (params: unknown, ...rest: readonly unknown[]) => {
    const { held, parts } = take(await call(params, rest));
    try {
      return convert(parts, await held.read());
    } finally {
      held.consume();
    }
  };
};

/** The extra arguments of a step: arrays, trees of arrays and functions of jax-js among them. */
export class Extra {
  readonly #entries: readonly (readonly [name: string, parts: Parts<unknown>])[];
  readonly #shape: Shape;

  /**
   * @param held - holds the arrays of the arguments
   * @param shape - the form of the parameters, which functions are given
   */
  constructor(held: Arguments, given: ExtraArgs | undefined, shape: Shape) {
    this.#shape = shape;
    this.#entries = Object.entries(given ?? {}).map(([name, value]) => [
      name,
      partsOf(value, `extra.${name}`),
    ]);
    for (const [, parts] of this.#entries) held.takeAmong(parts);
  }

  /** Returns the arguments for gradloom. Functions are asynchronous where `waits` is set. */
  toHost(elements: Elements, waits: boolean): ExtraArgs {
    const entries = this.#entries.map(([name, parts]) => {
      const value = onHost(parts, elements);
      if (typeof value !== "function") return [name, value] as const;
      return [name, wrap(value as never, this.#shape, `extra.${name}`, waits)] as const;
    });
    return Object.fromEntries(entries);
  }
}
