import { GradloomError } from "../../error.ts";
import { Ancestors } from "../../pytree/ancestors.ts";
import { isContainer } from "../../pytree/children.ts";
import { dataOf, isIntegerLeaf, isLeaf, isTensor, type Leaf, shapeOf } from "../../pytree/leaf.ts";
import { notALeaf } from "../../pytree/mistaken-leaf.ts";
import { isEmptyNode, join } from "../../pytree/tree-def.ts";
import { checkAxes } from "./axes.ts";
import type { Naming } from "./naming.ts";

/** One parameter: its place in the tree, and its name and axes in another library. */
export interface Parameter {
  readonly keys: readonly string[];
  /** Its path, for errors. */
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  /** For each axis there the axis here; undefined where they are the same. */
  readonly axes: readonly number[] | undefined;
  /** Whether it has integers, which no optimizer trains. */
  readonly isInteger: boolean;
}

/** The parameters of a tree, in its order. */
export class Parameters {
  readonly list: readonly Parameter[];
  readonly #byKeys: ReadonlyMap<string, Parameter>;
  readonly #byName: ReadonlyMap<string, Parameter>;

  constructor(params: unknown, separator: string, { name = (keys) => keys.join(separator), axes }: Naming) {
    const list: Parameter[] = [];
    const above = new Ancestors();
    const walk = (node: unknown, keys: readonly string[], path: string): void => {
      if (isEmptyNode(node)) return;
      if (isLeaf(node)) {
        const shape = isTensor(node) ? shapeOf(node, path) : [dataOf(node).length];
        const order = axes?.(keys, shape);
        const own = order && checkAxes(order, shape.length, path);
        list.push({ keys, path, name: name(keys), shape, axes: own, isInteger: isIntegerLeaf(node) });
        return;
      }
      if (!isContainer(node)) throw notALeaf(node, path);
      above.enter(node, path);
      for (const [key, child] of Object.entries(node)) {
        walk(child, [...keys, key], join(path, Array.isArray(node) ? Number(key) : key));
      }
      above.leave(node);
    };
    walk(params, [], "params");
    this.list = list;
    this.#byKeys = new Map(list.map((parameter) => [JSON.stringify(parameter.keys), parameter]));
    this.#byName = new Map(list.map((parameter) => [parameter.name, parameter]));
    for (const parameter of list) refuseNamesakes(parameter, this.#byName.get(parameter.name) as Parameter);
  }

  /** Returns the parameter with these keys. */
  at(keys: readonly string[]): Parameter | undefined {
    return this.#byKeys.get(JSON.stringify(keys));
  }

  /** Returns the parameter that has this name in the other library. */
  named(name: string): Parameter | undefined {
    return this.#byName.get(name);
  }

  /** The names in the other library of the parameters that an optimizer trains. */
  get trained(): readonly string[] {
    return this.list.filter(({ isInteger }) => !isInteger).map(({ name }) => name);
  }
}

const refuseNamesakes = (a: Parameter, b: Parameter): void => {
  if (a === b && typeof a.name === "string") return;
  throw new GradloomError(
    "INVALID_HYPERPARAMETER",
    a === b ? "name returned no text." : `${b.path} has the same name there, ${JSON.stringify(a.name)}.`,
    { path: a.path, remedy: "Let name return another text for each parameter." },
  );
};

/** Maps the leaves of a tree of parameters, or of one like it, with the keys of each. */
export const mapWithKeys = (
  tree: unknown,
  path: string,
  visit: (leaf: Leaf, keys: readonly string[], path: string) => unknown,
): unknown => {
  const walk = (node: unknown, keys: readonly string[], at: string): unknown => {
    if (isEmptyNode(node)) return node;
    if (isLeaf(node)) return visit(node, keys, at);
    if (Array.isArray(node)) return node.map((child, i) => walk(child, [...keys, `${i}`], join(at, i)));
    const entries = Object.entries(node as object);
    return Object.fromEntries(
      entries.map(([key, child]) => [key, walk(child, [...keys, key], join(at, key))]),
    );
  };
  return walk(tree, [], path);
};
