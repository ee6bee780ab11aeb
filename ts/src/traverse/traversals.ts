import { attr } from "./foci/attr.ts";
import { compose } from "./foci/compose.ts";
import { each, type ItemOf } from "./foci/each.ts";
import { filter } from "./foci/filter.ts";
import type { Focus } from "./foci/focus.ts";
import { identity } from "./foci/identity.ts";
import { item, type Slice } from "./foci/item.ts";
import { merge } from "./foci/merge.ts";
import { type TreeLeaf, tree } from "./foci/tree.ts";
import { type KeyOf, Traversal, type ValueAt } from "./traversal.ts";

/**
 * Selects the whole input: where a chain of `each`, `item` and the rest starts.
 *
 * @example
 * const first = new gl.traverse.TraverseId<number[]>().item(0);
 * first.update((x) => x + 1, [1, 2]); // [2, 2]
 * @category traverse
 */
export class TraverseId<S = unknown> extends Traversal<S, S> {
  constructor() {
    super(identity());
  }
}

/**
 * `TraverseId` for inputs of any type; `new TraverseId<T>()` keeps the types.
 *
 * @example
 * [...gl.traverse.tIdentity.each().item("foo").iterate([{ foo: 1 }, { foo: 3 }])]; // [1, 3]
 * @category traverse
 */
export const tIdentity: TraverseId = new TraverseId();

/**
 * Selects what several traversals select, one after the other.
 *
 * @example
 * const ends = new gl.traverse.TraverseMerge(new gl.traverse.TraverseItem(0), new gl.traverse.TraverseItem(-1));
 * [...ends.iterate([1, 2, 3])]; // [1, 3]
 * @category traverse
 */
export class TraverseMerge<S = unknown, A = unknown> extends Traversal<S, A> {
  constructor(...traversals: readonly Focus<S, A>[]) {
    super(merge(traversals));
  }
}

/**
 * Selects what one traversal selects in each value that another selects.
 *
 * @example
 * const foos = new gl.traverse.TraverseCompose(new gl.traverse.TraverseEach(), new gl.traverse.TraverseItem("foo"));
 * [...foos.iterate([{ foo: 1 }, { foo: 3 }])]; // [1, 3]
 * @category traverse
 */
export class TraverseCompose<S, A, B> extends Traversal<S, B> {
  constructor(outer: Focus<S, A>, inner: Focus<A, B>) {
    super(compose(outer, inner));
  }
}

/**
 * Selects the input where a predicate accepts it.
 *
 * @example
 * const positive = new gl.traverse.TraverseFilter<number>((x) => x > 0);
 * positive.update((x) => 2 * x, -1); // -1
 * @category traverse
 */
export class TraverseFilter<A = unknown> extends Traversal<A, A> {
  constructor(accepts: (value: A) => boolean) {
    super(filter(accepts));
  }
}

/**
 * Selects a property of an object of whatever class.
 *
 * @example
 * const width = new gl.traverse.TraverseAttr<{ width: number }, "width">("width");
 * width.update((x) => 2 * x, { width: 4 }); // { width: 8 }
 * @category traverse
 */
export class TraverseAttr<
  S = unknown,
  const K extends KeyOf<S> & string = KeyOf<S> & string,
> extends Traversal<S, ValueAt<S, K>> {
  constructor(name: K) {
    super(attr(name) as Focus<S, ValueAt<S, K>>);
  }
}

/**
 * Selects an item of an array or a plain object, or the items of a slice of an array.
 *
 * @example
 * [...new gl.traverse.TraverseItem({ start: 1 }).iterate([1, 2, 3])]; // [2, 3]
 * @category traverse
 */
export class TraverseItem<S = unknown, const K extends KeyOf<S> | Slice = KeyOf<S> | Slice> extends Traversal<
  S,
  ValueAt<S, K>
> {
  constructor(key: K) {
    super(item(key) as Focus<S, ValueAt<S, K>>);
  }
}

/**
 * Selects the items of an array or a plain object.
 *
 * @example
 * new gl.traverse.TraverseEach<number[]>().update((x) => 2 * x, [1, 2]); // [2, 4]
 * @category traverse
 */
export class TraverseEach<S = unknown> extends Traversal<S, ItemOf<S>> {
  constructor() {
    super(each as Focus<S, ItemOf<S>>);
  }
}

/**
 * Selects the leaves of a tree of plain objects and arrays, objects in sorted key order.
 *
 * @example
 * [...new gl.traverse.TraverseTree().iterate({ b: [1, 2], a: 3 })]; // [3, 1, 2]
 * @category traverse
 */
export class TraverseTree<S = unknown> extends Traversal<S, TreeLeaf<S>> {
  constructor() {
    super(tree as Focus<S, TreeLeaf<S>>);
  }
}
