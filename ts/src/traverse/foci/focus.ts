/** What a traversal looks at: some of the values of type `A` inside an `S`. */
export interface Focus<S, A> {
  /** The values, one after the other. */
  iterate(inputs: S): Iterable<A>;
  /** A copy of `inputs` with `fn` applied to each of the values. */
  update(fn: (value: A) => A, inputs: S): S;
}
