import { GradloomError } from "../../error.ts";
import { isDict } from "../dict.ts";
import type { Focus } from "./focus.ts";

/** The type of the items of an array or the values of a plain object. */
export type ItemOf<A> = unknown extends A ? unknown : A extends readonly (infer E)[] ? E : A[keyof A];

const refuse = (): never => {
  throw new GradloomError("INVALID_TREE", "only the items of an array or a plain object can be traversed.", {
    path: "each",
    remedy: "Apply each() to an array or a plain object.",
  });
};

/** Selects the items of an array, or the values of a plain object in the order of their keys. */
export const each: Focus<unknown, unknown> = {
  iterate: (inputs) => (Array.isArray(inputs) ? inputs : isDict(inputs) ? Object.values(inputs) : refuse()),
  update: (fn, inputs) => {
    if (Array.isArray(inputs)) return inputs.map((value) => fn(value));
    if (!isDict(inputs)) return refuse();
    return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, fn(value)]));
  },
};
