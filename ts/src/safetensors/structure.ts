import { GradloomError } from "../error.ts";
import { Ancestors, MOST_LEVELS } from "../pytree/ancestors.ts";
import { classOf } from "../pytree/dtype.ts";
import { dataOf, isLeaf, isTensor } from "../pytree/leaf.ts";
import { MASKED } from "../pytree/masked-node.ts";
import { named, typeName } from "../pytree/named.ts";
import { isEmptyNode, isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import { bare, type FileTensor } from "./elements.ts";
import { invalidFile } from "./invalid-file.ts";

/**
 * The structure of a tree as JSON. Lists, strings, booleans, null and finite numbers stand for themselves; anything else is an object
 * with one of the keys of `Tagged`.
 */
export type Structure = null | boolean | number | string | readonly Structure[] | Tagged;

type Tagged =
  | { readonly leaf: "array" | "tensor"; readonly clamped?: true }
  | { readonly object: readonly (readonly [key: string, value: Structure])[]; readonly type?: string }
  | { readonly masked: true }
  | { readonly undefined: true }
  | { readonly number: string }
  | { readonly bigint: string }
  | { readonly map: readonly (readonly [key: Structure, value: Structure])[] }
  | { readonly set: readonly Structure[] };

/** Writes a key as a part of a tensor's name, as in a JSON pointer; half a pair of surrogates, which UTF-8 lacks, as its number. */
const escaped = (key: string | number): string =>
  String(key)
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(/\p{Surrogate}/gu, (half) => `~u${half.charCodeAt(0).toString(16)}`);

/** Returns the name of the tensor for a child of a node: `params/dense1/kernel`. */
const childName = (name: string, key: string | number): string => `${name}/${escaped(key)}`;

/** Returns whether JSON has no such number. */
const isSpecial = (value: number): boolean => !Number.isFinite(value) || Object.is(value, -0);

/**
 * Takes a tree apart: returns its structure, and calls `put` for each leaf with the name of its tensor and with its path.
 *
 * @param name - the name of the root's tensor, with which the names of all others begin
 * @throws GradloomError `INVALID_STATE` where a value is neither data nor a container
 */
export const takeApart = (
  tree: unknown,
  name: string,
  path: string,
  put: (name: string, leaf: unknown, path: string) => void,
): Structure => {
  const above = new Ancestors();
  const primitive = (value: unknown, at: string): Structure => {
    switch (typeof value) {
      case "number":
        return isSpecial(value) ? { number: Object.is(value, -0) ? "-0" : String(value) } : value;
      case "boolean":
      case "string":
        return value;
      case "bigint":
        return { bigint: String(value) };
      case "undefined":
        return { undefined: true };
      default:
        throw new GradloomError("INVALID_STATE", `${show(value)} cannot be saved.`, {
          path: at,
          remedy: "Keep numbers, texts, arrays, lists, plain objects, maps and sets in trees that are saved.",
        });
    }
  };
  const container = (node: object, tensor: string, at: string): Structure => {
    const child = (value: unknown, key: string | number) =>
      walk(value, childName(tensor, key), join(at, key));
    if (Array.isArray(node)) return Array.from(node, child);
    if (node instanceof Map) {
      return { map: [...node].map(([key, value], i) => [child(key, `${i}.key`), child(value, i)]) };
    }
    if (node instanceof Set) return { set: [...node].map(child) };
    const type = typeName(node);
    const object = Object.entries(node).map(([key, value]) => [key, child(value, key)] as const);
    return { object, ...(type !== undefined && { type }) };
  };
  const walk = (node: unknown, tensor: string, at: string): Structure => {
    if (node === null) return null;
    if (isEmptyNode(node)) return { masked: true };
    if (isLeaf(node)) {
      put(tensor, node, at);
      const clamped = classOf(dataOf(node)) === "Uint8ClampedArray";
      return { leaf: isTensor(node) ? "tensor" : "array", ...(clamped && { clamped }) };
    }
    const isContainer =
      Array.isArray(node) || isPlainObject(node) || node instanceof Map || node instanceof Set;
    if (!isContainer) return primitive(node, at);
    above.enter(node, at);
    const below = container(node, tensor, at);
    above.leave(node);
    return below;
  };
  return walk(tree, name, path);
};

const broken = (what: string): GradloomError => invalidFile(`the structure of a tree is not right: ${what}.`);

const SPECIAL: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

/** Returns the only key of an object beside optional ones. */
const tagOf = (node: object): string => {
  const tags = Object.keys(node).filter((key) => key !== "type" && key !== "clamped");
  if (tags.length !== 1) throw broken("a node of no known kind");
  return tags[0] as string;
};

const pairsOf = (value: unknown): readonly (readonly [unknown, unknown])[] => {
  const isPairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw broken("a list of pairs is missing");
  return value;
};

/**
 * Puts a tree together from its structure, as anybody may have written it.
 *
 * @param take - returns the tensor of a name, or throws
 * @throws GradloomError `INVALID_FILE` where the structure is none
 */
export const putTogether = (
  structure: unknown,
  name: string,
  take: (name: string) => FileTensor,
): unknown => {
  const leaf = ({ leaf: form, clamped }: Record<string, unknown>, tensor: string): unknown => {
    const found = take(tensor);
    const data =
      clamped === true && classOf(found.data) === "Uint8Array"
        ? new Uint8ClampedArray(found.data.buffer, found.data.byteOffset, found.data.length)
        : found.data;
    if (form === "tensor") return { ...found, data };
    const array = form === "array" ? bare({ ...found, data }) : undefined;
    if (!ArrayBuffer.isView(array)) throw broken(`${show(tensor)} has another shape`);
    return array;
  };
  const object = ({ object: entries, type }: Record<string, unknown>, tensor: string, level: number) => {
    if (type !== undefined && typeof type !== "string") throw broken("the type of a state is no text");
    const pairs = pairsOf(entries);
    const keys = new Set(pairs.map(([key]) => key));
    if (keys.size !== pairs.length || pairs.some(([key]) => typeof key !== "string"))
      throw broken("the keys of an object are no different texts");
    const children = pairs.map(([key, child]) => [
      key as string,
      walk(child, childName(tensor, key as string), level),
    ]);
    return named(type, Object.fromEntries(children));
  };
  const tagged = (node: Record<string, unknown>, tensor: string, level: number): unknown => {
    const tag = tagOf(node);
    const value = node[tag];
    const child = (item: unknown, key: string | number) => walk(item, childName(tensor, key), level);
    switch (tag) {
      case "leaf":
        return leaf(node, tensor);
      case "object":
        return object(node, tensor, level);
      case "masked":
        return MASKED;
      case "undefined":
        return undefined;
      case "map":
        return new Map(pairsOf(value).map(([key, item], i) => [child(key, `${i}.key`), child(item, i)]));
      case "set":
        if (Array.isArray(value)) return new Set(value.map(child));
        break;
      case "number":
        if (SPECIAL.has(value)) return SPECIAL.get(value);
        break;
      case "bigint":
        if (typeof value === "string" && /^-?\d{1,1000}$/.test(value)) return BigInt(value);
    }
    throw broken("a node of no known kind");
  };
  const walk = (node: unknown, tensor: string, level: number): unknown => {
    if (level > MOST_LEVELS) throw broken(`there are more than ${MOST_LEVELS} levels`);
    if (Array.isArray(node)) return node.map((item, i) => walk(item, childName(tensor, i), level + 1));
    if (typeof node !== "object" || node === null) return node;
    return tagged(node as Record<string, unknown>, tensor, level + 1);
  };
  return walk(structure, name, 0);
};
