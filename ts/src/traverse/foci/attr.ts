import { GradloomError } from "../../error.ts";
import type { Focus } from "./focus.ts";

const read = (inputs: unknown, name: string): unknown => {
  const object =
    typeof inputs === "object" && inputs !== null && !Array.isArray(inputs) && !ArrayBuffer.isView(inputs);
  if (object && name in inputs) return (inputs as Record<string, unknown>)[name];
  throw new GradloomError("INVALID_TREE", "there is no such property.", {
    path: `attr(${JSON.stringify(name)})`,
    remedy: "Name a property that the object has.",
  });
};

/** Selects a property of an object of any class. A copy has the class and the other own properties of the original. */
export const attr = (name: string): Focus<unknown, unknown> => ({
  iterate: (inputs) => [read(inputs, name)],
  update: (fn, inputs) => {
    const value = fn(read(inputs, name));
    return Object.create(Object.getPrototypeOf(inputs), {
      ...Object.getOwnPropertyDescriptors(inputs),
      [name]: { value, writable: true, enumerable: true, configurable: true },
    });
  },
});
