import { MaskedNode } from "../pytree/masked-node.ts";
import { isPlainObject } from "../pytree/tree-def.ts";

/** Returns the keys of each variable in a tree: the parts of its name between slashes. */
const pathsOf = (names: readonly string[]): string[][] => {
  const paths: string[][] = [];
  const taken = new Set<string>();
  const inOrder = names
    .map((name, i) => ({ i, parts: name.split("/") }))
    .sort((a, b) => a.parts.length - b.parts.length);
  for (const { i, parts } of inOrder) {
    const path: string[] = [];
    for (let rest = parts; rest.length > 0; ) {
      const [key, ...below] = rest as [string, ...string[]];
      // Where a variable has the name of a folder, the names of those inside it are one key.
      const isVariable = below.length > 0 && taken.has(JSON.stringify([...path, key]));
      path.push(isVariable ? rest.join("/") : key);
      rest = isVariable ? [] : below;
    }
    taken.add(JSON.stringify(path));
    paths[i] = path;
  }
  return paths;
};

/** A node of a tree while it is made. */
type Node = Map<string, unknown>;

const toObject = (node: unknown): unknown =>
  node instanceof Map ? Object.fromEntries([...node].map(([key, child]) => [key, toObject(child)])) : node;

/** The tree in which transformations see variables: the name `dense/kernel` is the key `kernel` in `dense`. */
export class VariableTree {
  readonly names: readonly string[];
  readonly #paths: readonly (readonly string[])[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.#paths = pathsOf(names);
  }

  /** Makes a tree with `leaf(i)` in the place of variable i. */
  make(leaf: (index: number) => unknown): unknown {
    const root: Node = new Map();
    for (const [i, path] of this.#paths.entries()) {
      let node = root;
      for (const key of path.slice(0, -1)) {
        if (!node.has(key)) node.set(key, new Map());
        node = node.get(key) as Node;
      }
      node.set(path.at(-1) as string, leaf(i));
    }
    return toObject(root);
  }

  /** Returns what a tree has in the place of variable i: a masked node where it or a part above it is masked. */
  at(tree: unknown, index: number): unknown {
    let node = tree;
    for (const key of this.#paths[index] as readonly string[]) {
      if (node instanceof MaskedNode) return node;
      node = isPlainObject(node) ? node[key] : undefined;
    }
    return node;
  }
}
