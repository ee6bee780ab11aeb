import type { Focus } from "./focus.ts";

/** Selects what several foci select, one focus after the other. */
export const merge = <S, A>(foci: readonly Focus<S, A>[]): Focus<S, A> => ({
  *iterate(inputs) {
    for (const focus of foci) yield* focus.iterate(inputs);
  },
  update: (fn, inputs) => foci.reduce((value, focus) => focus.update(fn, value), inputs),
});
