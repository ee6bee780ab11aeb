import type { Focus } from "./focus.ts";

/** Selects the input where it is accepted, else nothing. */
export const filter = <A>(accepts: (value: A) => boolean): Focus<A, A> => ({
  iterate: (inputs) => (accepts(inputs) ? [inputs] : []),
  update: (fn, inputs) => (accepts(inputs) ? fn(inputs) : inputs),
});
