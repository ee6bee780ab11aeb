import type { Focus } from "./focus.ts";

/** Selects the whole input. */
export const identity = <S>(): Focus<S, S> => ({
  iterate: (inputs) => [inputs],
  update: (fn, inputs) => fn(inputs),
});
