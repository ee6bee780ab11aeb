import { GradloomError } from "../error.ts";
import { withArticle } from "../show.ts";
import { sizeOf } from "./shape.ts";

/** The sentence and the remedy for a value that is no leaf. */
interface Explanation {
  readonly message: string;
  readonly remedy: string;
}

const CONTAINERS = "A tree is made of plain objects, arrays, typed arrays and { data, shape }.";

/** Returns the sizes of a plain array of numbers, perhaps nested; undefined for any other value. */
const sizesOf = (value: unknown, levels = 32): number[] | undefined => {
  if (!Array.isArray(value) || value.length === 0 || levels === 0) return undefined;
  if (value.every((item) => typeof item === "number")) return [value.length];
  const below = sizesOf(value[0], levels - 1);
  if (!below) return undefined;
  const alike = value.every((item) => `${sizesOf(item, levels - 1)}` === `${below}`);
  return alike ? [value.length, ...below] : undefined;
};

/** Returns whether a value is a typed array after JSON: an object with the keys 0 to n - 1 and numbers. */
const isParsedArray = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || typeof (value as readonly unknown[])[0] !== "number")
    return false;
  return Object.entries(value).every(([key, item], i) => key === `${i}` && typeof item === "number");
};

const explainArray = (sizes: readonly number[]): Explanation => ({
  message: `a plain array of ${sizeOf(sizes)} numbers is not a leaf.`,
  remedy:
    sizes.length === 1
      ? "Write Float32Array.from(…), or gl.tensor(Float32Array.from(…), shape) for an array with a shape."
      : `Write gl.tensor(Float32Array.from(….flat(${sizes.length - 1})), [${sizes.join(", ")}]).`,
});

/**
 * Explains a container that is meant as a leaf: numbers in a plain array, or what JSON makes of a typed array. Returns undefined
 * for any other container; it looks at the first item only to find that out.
 */
export const explainNumbers = (container: object): Explanation | undefined => {
  if (Array.isArray(container)) {
    const sizes = sizesOf(container);
    return sizes && explainArray(sizes);
  }
  if (isParsedArray(container)) {
    return {
      message: "an object with numbers under the keys 0, 1, …, as JSON stores a typed array, is not a leaf.",
      remedy: "Write Float32Array.from(Object.values(…)).",
    };
  }
  const { data, shape } = container as { readonly data?: unknown; readonly shape?: unknown };
  if (Array.isArray(shape) && (sizesOf(data) ?? isParsedArray(data))) {
    return {
      message: "the data of this array with a shape are no typed array.",
      remedy: "Write gl.tensor(Float32Array.from(Object.values(….data)), ….shape).",
    };
  }
  return undefined;
};

/** Remedies for objects of other libraries and of the language, which are recognized by what they can do. */
const CONVERSIONS: readonly (readonly [fits: (value: Record<string, unknown>) => boolean, remedy: string])[] =
  [
    [
      ({ dataSync, shape }) => typeof dataSync === "function" && Array.isArray(shape),
      "Convert it: gl.tensor(x.dataSync(), x.shape), or gl.tensor(await x.data(), x.shape).",
    ],
    [
      ({ data, dims }) => ArrayBuffer.isView(data) && Array.isArray(dims),
      "Convert it: gl.tensor(x.data, x.dims).",
    ],
    [({ then }) => typeof then === "function", "Wait for it: await x."],
    [(value) => tagOf(value) === "Map", "Convert it: Object.fromEntries(x)."],
    [(value) => tagOf(value) === "Set", "Convert it: [...x]."],
    [(value) => /^(Shared)?ArrayBuffer$/.test(tagOf(value)), "Convert it: new Float32Array(x)."],
    [() => true, "Pass a plain object with its arrays, such as { ...x }."],
  ];

/** Returns the name that `toString` gives to objects of a built-in class, in any realm. */
export const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Explains why a value that is neither a leaf nor a container cannot be in a tree. */
const explain = (value: unknown): Explanation => {
  if (typeof value === "number") {
    return {
      message: `the number ${value} is not a leaf.`,
      remedy: `Wrap it: new Float32Array([${value}]).`,
    };
  }
  if (typeof value === "boolean") {
    return { message: `${value} is not a leaf.`, remedy: `Wrap it: Uint8Array.of(${Number(value)}).` };
  }
  if (value === undefined) {
    return { message: "undefined is not a leaf.", remedy: "Pass an array, or null where there is no leaf." };
  }
  if (typeof value !== "object" || value === null) {
    return { message: `${withArticle(typeof value)} is not a leaf.`, remedy: CONTAINERS };
  }
  const name = value.constructor?.name || "object of a class";
  const conversion = CONVERSIONS.find(([fits]) => fits(value as Record<string, unknown>));
  return { message: `${withArticle(name)} is not a leaf.`, remedy: `${conversion?.[1]} ${CONTAINERS}` };
};

/** Makes the error for a value that stands where a leaf is expected. */
export const notALeaf = (value: unknown, path: string): GradloomError => {
  const container = typeof value === "object" && value !== null;
  const { message, remedy } = (container && explainNumbers(value)) || explain(value);
  return new GradloomError("INVALID_TREE", message, { path, remedy });
};
