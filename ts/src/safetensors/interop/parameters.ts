import { GradloomError } from "../../error.ts";
import { Ancestors } from "../../pytree/ancestors.ts";
import { isContainer, mapChildren } from "../../pytree/children.ts";
import { isIntegerLeaf, isLeaf, type Leaf, shapeOf } from "../../pytree/leaf.ts";
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
    mapWithKeys(params, "params", (leaf, keys, path) => {
      const shape = shapeOf(leaf, path);
      const order = axes?.(keys, shape);
      const own = order && checkAxes(order, shape.length, path);
      list.push({ keys, path, name: name(keys), shape, axes: own, isInteger: isIntegerLeaf(leaf) });
    });
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
  const isText = typeof a.name === "string";
  if (a === b && isText) return;
  throw new GradloomError(
    "INVALID_HYPERPARAMETER",
    isText ? `${b.path} has the same name there, ${JSON.stringify(a.name)}.` : "name returned no text.",
    { path: a.path, remedy: "Let name return another text for each parameter." },
  );
};

/** Maps the leaves of a tree of parameters, or of one like it, with the keys of each. */
export const mapWithKeys = (
  tree: unknown,
  path: string,
  visit: (leaf: Leaf, keys: readonly string[], path: string) => unknown,
): unknown => {
  const above = new Ancestors();
  const walk = (node: unknown, keys: readonly string[], at: string): unknown => {
    if (isEmptyNode(node)) return node;
    if (isLeaf(node)) return visit(node, keys, at);
    if (!isContainer(node)) throw notALeaf(node, at);
    above.enter(node, at);
    const mapped = mapChildren(node, (child, key) => walk(child, [...keys, `${key}`], join(at, key)));
    above.leave(node);
    return mapped;
  };
  return walk(tree, [], path);
};
