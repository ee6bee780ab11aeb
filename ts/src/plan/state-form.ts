import { GradloomError } from "../error.ts";
import { classOf } from "../pytree/dtype.ts";
import { dataOf, dtypeOf, isLeaf, isTensor, type Leaf } from "../pytree/leaf.ts";
import { isShape } from "../pytree/shape.ts";
import { isEmptyNode, isPlainObject, join } from "../pytree/tree-def.ts";
import { withArticle } from "../show.ts";

/** Returns the error for a state of another structure than the transformation's. */
export const stateMismatch = (path: string, expected: string): GradloomError =>
  new GradloomError("INVALID_STATE", `expected ${expected}.`, {
    path,
    remedy: "Pass the state that init or the last update of the same transformation returned.",
  });

const shapeOf = (leaf: Leaf): readonly number[] => (isTensor(leaf) ? leaf.shape : [dataOf(leaf).length]);

/** Returns whether a value is a leaf of the type and the shape of another one. */
export const isLikeLeaf = (form: Leaf, value: unknown): value is Leaf =>
  isLeaf(value) &&
  classOf(dataOf(value)) === classOf(dataOf(form)) &&
  dtypeOf(value) === dtypeOf(form) &&
  dataOf(value).length === dataOf(form).length &&
  isShape(shapeOf(value), shapeOf(form));

const isNothing = (value: unknown): boolean =>
  isEmptyNode(value) || (isPlainObject(value) && Object.keys(value).length === 0);

/**
 * Throws where a value in a given state has not the form of the first one: its type, the shapes of its arrays, its keys and its length. Where the
 * first value is null, an empty object or an empty list, later ones may be anything of the kind.
 */
export const requireForm = (form: unknown, value: unknown, path: string): void => {
  if (form === null || form === undefined) return;
  if (isEmptyNode(form)) {
    if (!isNothing(value)) throw stateMismatch(path, "nothing: a mask hides this leaf");
  } else if (typeof form !== "object") {
    if (typeof value !== typeof form) throw stateMismatch(path, withArticle(typeof form));
  } else if (isLeaf(form)) {
    if (isLikeLeaf(form, value)) return;
    throw stateMismatch(path, `${withArticle(classOf(dataOf(form)))} of shape [${shapeOf(form)}]`);
  } else if (Array.isArray(form)) {
    const isList = Array.isArray(value) && (form.length === 0 || value.length === form.length);
    if (!isList) throw stateMismatch(path, `a list of ${form.length}`);
    form.forEach((child, i) => {
      requireForm(child, value[i], join(path, i));
    });
  } else if (isPlainObject(form)) requireFields(form, value, path);
};

const requireFields = (form: Readonly<Record<string, unknown>>, value: unknown, path: string): void => {
  const keys = Object.keys(form);
  if (!isPlainObject(value) || isLeaf(value)) throw stateMismatch(path, "an object");
  if (keys.length === 0) return;
  const wrong =
    keys.find((key) => !Object.hasOwn(value, key)) ??
    Object.keys(value).find((key) => !Object.hasOwn(form, key));
  if (wrong !== undefined) {
    throw stateMismatch(join(path, wrong), Object.hasOwn(form, wrong) ? "a value" : "no such value");
  }
  for (const key of keys) requireForm(form[key], value[key], join(path, key));
};
