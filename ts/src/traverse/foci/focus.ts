/** The values of type `A` that a traversal selects inside an `S`. */
export interface Focus<S, A> {
  /** Yields the values, one after the other. */
  iterate(inputs: S): Iterable<A>;
  /** Returns a copy of `inputs` with `fn` applied to each of the values. */
  update(fn: (value: A) => A, inputs: S): S;
}
