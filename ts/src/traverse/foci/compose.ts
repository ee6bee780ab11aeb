import type { Focus } from "./focus.ts";

/** Selects what `inner` selects in each value that `outer` selects. */
export const compose = <S, A, B>(outer: Focus<S, A>, inner: Focus<A, B>): Focus<S, B> => ({
  *iterate(inputs) {
    for (const value of outer.iterate(inputs)) yield* inner.iterate(value);
  },
  update: (fn, inputs) => outer.update((value) => inner.update(fn, value), inputs),
});
