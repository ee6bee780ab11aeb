/** The small model that both columns of the guide train: two dense layers, a quadratic loss, ten batches. */

export type FloatArray = Float32Array | Float64Array;
export type Tree<A> = { readonly [layer: string]: { readonly [name: string]: A } };

const SIZES = { dense1: { kernel: 12, bias: 4 }, dense2: { kernel: 8, bias: 2 } };

/** The numbers of ten batches: the loss needs nothing else of a batch. */
export const batches = Array.from({ length: 10 }, (_, i) => i);

/** Maps each leaf of a tree, given with its path as Flax writes it: `/dense1/kernel`. */
export const mapTree = <A extends FloatArray>(
  f: (path: string, ...leaves: A[]) => A,
  tree: Tree<A>,
  ...rest: Tree<A>[]
): Tree<A> =>
  Object.fromEntries(
    Object.entries(tree).map(([layer, leaves]) => [
      layer,
      Object.fromEntries(
        Object.entries(leaves).map(([name, leaf]) => {
          const others = rest.map((other) => other[layer]?.[name] as A);
          return [name, f(`/${layer}/${name}`, leaf, ...others)];
        }),
      ),
    ]),
  );

/** Returns the parameters that training starts from. */
export const initialParams = <A extends FloatArray>(array: { new (length: number): A }): Tree<A> =>
  Object.fromEntries(
    Object.entries(SIZES).map(([layer, sizes]) => [
      layer,
      Object.fromEntries(
        Object.entries(sizes).map(([name, size]) => [
          name,
          new array(size).map((_, i) => Math.cos(3 * i + size) * 0.5) as A,
        ]),
      ),
    ]),
  );

/** Returns the gradient of ½·Σ (p - target)², whose target depends on the batch. */
export const grad = <A extends FloatArray>(params: Tree<A>, batch: number): Tree<A> =>
  mapTree((path, p) => p.map((x, i) => x - Math.sin(1.7 * i + 0.9 * batch + path.length)) as A, params);

/** Returns √Σ g² over the whole tree. */
export const globalL2 = (grads: Tree<Float64Array>): number =>
  Math.sqrt(
    Object.values(grads)
      .flatMap((leaves) => Object.values(leaves).flatMap((leaf) => [...leaf]))
      .reduce((sum, g) => sum + g * g, 0),
  );
