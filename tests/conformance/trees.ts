/** A leaf in a fixture. JSON has neither NaN nor infinity: they are stored as strings. */
interface StoredLeaf {
  readonly shape: readonly number[];
  readonly data: readonly StoredNumber[];
}
export type StoredNumber = number | "NaN" | "Infinity" | "-Infinity";
export type StoredTree = StoredLeaf | readonly StoredTree[] | { readonly [key: string]: StoredTree };

/** The parameters and gradients that rows run on, by name of the tree. */
export type Inputs = Record<string, { params: StoredTree; grads: Record<string, StoredTree[]> }>;

export type FloatArray = Float32Array | Float64Array;
export type FloatArrayConstructor = typeof Float32Array | typeof Float64Array;
export type Leaf = FloatArray | { data: FloatArray; shape: number[] };
// biome-ignore lint/suspicious/noExplicitAny: the trees of the suite have any structure
export type AnyTree = any;

const isStoredLeaf = (node: StoredTree): node is StoredLeaf => "shape" in node && "data" in node;

/** Makes the typed arrays of a stored tree: a vector becomes a bare array, any other leaf a tensor with a shape. */
export const fromStored = (node: StoredTree, array: FloatArrayConstructor): AnyTree => {
  if (Array.isArray(node)) return node.map((child) => fromStored(child, array));
  if (isStoredLeaf(node as StoredTree)) {
    const { shape, data } = node as StoredLeaf;
    const values = new array(data.map(Number));
    return shape.length === 1 ? values : { data: values, shape: [...shape] };
  }
  return Object.fromEntries(
    Object.entries(node as Record<string, StoredTree>).map(([key, child]) => [key, fromStored(child, array)]),
  );
};

interface AnyLeaf {
  readonly data: ArrayLike<number> & ArrayBufferView;
}

const asLeaf = (node: unknown): AnyLeaf | null => {
  if (ArrayBuffer.isView(node)) return { data: node as AnyLeaf["data"] };
  const leaf = node as AnyLeaf | null;
  return typeof leaf === "object" && leaf !== null && ArrayBuffer.isView(leaf.data) ? leaf : null;
};

/** Widens bfloat16, the only 16-bit storage in the rows: it is the upper half of a float32. */
const fromBfloat16 = (words: ArrayLike<number>): number[] =>
  Array.from(new Float32Array(Uint32Array.from(words, (word) => word << 16).buffer));

const values = (leaf: AnyLeaf): number[] => {
  return leaf.data instanceof Uint16Array ? fromBfloat16(leaf.data) : Array.from(leaf.data);
};

/** Maps the path of every leaf and number of a tree or state to its elements: `0.mu.dense1.kernel`. */
export const byPath = (
  tree: unknown,
  path = "",
  into = new Map<string, number[]>(),
): Map<string, number[]> => {
  const leaf = asLeaf(tree);
  if (leaf) return into.set(path, values(leaf));
  if (typeof tree === "number" || typeof tree === "boolean") return into.set(path, [Number(tree)]);
  if (typeof tree === "object" && tree !== null) {
    for (const [key, child] of Object.entries(tree))
      byPath(child, path === "" ? key : `${path}.${key}`, into);
  }
  return into;
};

/** Lists all numbers of a tree, leaves ordered by path: the order of the fixtures. */
export const flat = (tree: unknown): number[] => {
  const paths = byPath(tree);
  return [...paths.keys()].sort().flatMap((path) => paths.get(path) as number[]);
};

const shapeOf = (leaf: Leaf): number[] => ("shape" in leaf ? leaf.shape : [leaf.length]);

/** Stacks trees: each leaf of the result has theirs along a new first axis. */
export const stack = (...trees: AnyTree[]): AnyTree => {
  const [first] = trees;
  if (!asLeaf(first)) {
    const keys = Object.entries(first).map(([key]) => [key, stack(...trees.map((tree) => tree[key]))]);
    return Array.isArray(first) ? keys.map(([, child]) => child) : Object.fromEntries(keys);
  }
  const arrays = trees.map((leaf) => (ArrayBuffer.isView(leaf) ? leaf : leaf.data) as FloatArray);
  const data = new (arrays[0]!.constructor as FloatArrayConstructor)(arrays.flatMap((array) => [...array]));
  return { data, shape: [trees.length, ...shapeOf(first)] };
};
