import { MOST_LEVELS, tooDeep } from "./ancestors.ts";
import { copyArray, isHalf } from "./dtype.ts";
import { dataOf, dtypeOf, isLeaf, isTensor, type Leaf } from "./leaf.ts";
import { namedLike } from "./named.ts";
import { isPlainObject } from "./tree-def.ts";

/** Copies a leaf with its array. */
export const copyLeaf = (leaf: Leaf): Leaf => {
  const data = copyArray(dataOf(leaf));
  if (!isTensor(leaf)) return data;
  const dtype = dtypeOf(leaf);
  return { data, shape: [...leaf.shape], ...(isHalf(dtype) && { dtype }) };
};

/** Copies the arrays, lists and plain objects of a value of any kind; what else it holds, such as instances of classes, stays the same. */
export const copyArrays = (value: unknown, known = new Map<unknown, unknown>(), level = 0): unknown => {
  if (known.has(value)) return known.get(value);
  if (level > MOST_LEVELS) throw tooDeep("state");
  if (isLeaf(value)) {
    known.set(value, copyLeaf(value));
  } else if (Array.isArray(value)) {
    const copied: unknown[] = [];
    known.set(value, copied);
    for (const child of value) copied.push(copyArrays(child, known, level + 1));
  } else if (isPlainObject(value)) {
    const copied = namedLike(value, Object.create(Object.getPrototypeOf(value)));
    known.set(value, copied);
    for (const [key, child] of Object.entries(value)) {
      const own = {
        value: copyArrays(child, known, level + 1),
        writable: true,
        enumerable: true,
        configurable: true,
      };
      Object.defineProperty(copied, key, own);
    }
  } else return value;
  return known.get(value);
};
