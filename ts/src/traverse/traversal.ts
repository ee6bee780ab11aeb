import { GradloomError } from "../error.ts";
import { attr } from "./foci/attr.ts";
import { compose } from "./foci/compose.ts";
import { each, type ItemOf } from "./foci/each.ts";
import { filter } from "./foci/filter.ts";
import type { Focus } from "./foci/focus.ts";
import { item, type Slice } from "./foci/item.ts";
import { merge } from "./foci/merge.ts";
import { type TreeLeaf, tree } from "./foci/tree.ts";

/** The keys that may follow a value of type `A`. */
export type KeyOf<A> = unknown extends A
  ? string | number
  : A extends readonly unknown[]
    ? number
    : Extract<keyof A, string | number>;

/** The type of the item at a key, or of the items of a slice, of a value of type `A`. */
export type ValueAt<A, K> = unknown extends A
  ? unknown
  : K extends keyof A
    ? A[K]
    : A extends readonly (infer E)[]
      ? E
      : unknown;

/**
 * Selects values of type `A` inside an `S`, to read them or to replace them in a copy. The methods from `compose` on select
 * inside the values that are selected so far.
 *
 * @example
 * const data = [{ foo: 1, bar: 2 }, { foo: 3, bar: 4 }];
 * const foos = new gl.traverse.TraverseId<typeof data>().each().item("foo");
 * [...foos.iterate(data)]; // [1, 3]
 * foos.update((foo) => -foo, data); // [{ foo: -1, bar: 2 }, { foo: -3, bar: 4 }]
 * @category traverse
 */
export class Traversal<S = unknown, A = unknown> implements Focus<S, A> {
  readonly #focus: Focus<S, A>;

  constructor(focus: Focus<S, A>) {
    this.#focus = focus;
  }

  /** Yields the selected values, one after the other. */
  iterate(inputs: S): Iterable<A> {
    return this.#focus.iterate(inputs);
  }

  /** Returns a copy of `inputs` with `fn` applied to every selected value. */
  update(fn: (value: A) => A, inputs: S): S {
    return this.#focus.update(fn, inputs);
  }

  /** Returns a copy of `inputs` with new selected values, in the order of `iterate`; there must be one for each. */
  set(values: Iterable<A>, inputs: S): S {
    const given = [...values];
    let used = 0;
    const result = this.update(() => given[used++] as A, inputs);
    if (used === given.length) return result;
    throw new GradloomError(
      "STRUCTURE_MISMATCH",
      `${used} values are selected, ${given.length} were given.`,
      {
        path: "set.values",
        remedy: "Give one value for each place that the traversal selects.",
      },
    );
  }

  /** Selects what another traversal selects in each of the selected values. */
  compose<B>(other: Focus<A, B>): Traversal<S, B> {
    return new Traversal(compose(this.#focus, other));
  }

  /** Selects what several traversals select in each of the selected values. */
  merge<B>(...others: readonly Focus<A, B>[]): Traversal<S, B> {
    return this.compose(merge(others));
  }

  /** Selects the items of the selected arrays and plain objects. */
  each(): Traversal<S, ItemOf<A>> {
    return this.compose(each as Focus<A, ItemOf<A>>);
  }

  /** Selects the leaves of the selected trees. */
  tree(): Traversal<S, TreeLeaf<A>> {
    return this.compose(tree as Focus<A, TreeLeaf<A>>);
  }

  /** Selects those of the selected values that a predicate accepts. */
  filter(accepts: (value: A) => boolean): Traversal<S, A> {
    return this.compose(filter(accepts));
  }

  /** Selects a property of each selected object, whatever its class. */
  attr<const K extends KeyOf<A> & string>(name: K): Traversal<S, ValueAt<A, K>> {
    return this.compose(attr(name) as Focus<A, ValueAt<A, K>>);
  }

  /** Selects an item of each selected array or plain object, or a slice of each selected array. */
  item<const K extends KeyOf<A> | Slice>(key: K): Traversal<S, ValueAt<A, K>> {
    return this.compose(item(key) as Focus<A, ValueAt<A, K>>);
  }
}
