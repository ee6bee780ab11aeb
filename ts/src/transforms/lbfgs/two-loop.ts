/**
 * The inner products of m differences of parameters w_i, m differences of gradients g_i and the gradient u, in the kernel's order:
 * w_i·g_j where g_j is not older than w_i, g_i·g_j, w_i·u, g_i·u, u·u.
 */
export class Products {
  readonly m: number;
  readonly #values: Float64Array;

  constructor(m: number) {
    this.m = m;
    this.#values = new Float64Array(Products.count(m));
  }

  static count(m: number): number {
    return 2 * m * m + 2 * m + 1;
  }

  /** Adds the inner products of a leaf. */
  add(values: Float64Array): void {
    values.forEach((value, i) => {
      this.#values[i] = (this.#values[i] as number) + value;
    });
  }

  #at(index: number): number {
    return this.#values[index] as number;
  }

  /** Returns w_i·g_j where g_j is not older than w_i, else 0. */
  ofDifferences(i: number, j: number): number {
    return this.#at(i * this.m + j);
  }

  /** Returns g_i·g_j. */
  ofGradients(i: number, j: number): number {
    return this.#at(this.m * this.m + i * this.m + j);
  }

  /** Returns w_i·u. */
  paramsWithUpdates(i: number): number {
    return this.#at(2 * this.m * this.m + i);
  }

  /** Returns g_i·u. */
  gradientsWithUpdates(i: number): number {
    return this.#at(2 * this.m * this.m + this.m + i);
  }

  /** The squared norm of u. */
  get squaredNorm(): number {
    return this.#at(2 * this.m * this.m + 2 * this.m);
  }
}

const identityScale = (products: Products, newest: number, started: boolean): number => {
  if (!started) return Math.min(1, 1 / Math.sqrt(products.squaredNorm));
  const squares = products.ofGradients(newest, newest);
  return squares > 0 ? products.ofDifferences(newest, newest) / squares : 1;
};

/**
 * Returns the product of the approximate inverse Hessian with u, as coefficients of w_0 … w_(m-1), g_0 … g_(m-1), u: the two-loop
 * recursion, Algorithm 7.4 of Nocedal and Wright, on inner products in place of vectors.
 */
export const twoLoop = (
  products: Products,
  weights: Float64Array,
  newest: number,
  started: boolean,
  scaled: boolean,
): Float64Array => {
  const { m } = products;
  const oldestFirst = Array.from({ length: m }, (_, i) => (newest + 1 + i) % m);
  const [ofParams, ofGradients] = [new Float64Array(m), new Float64Array(m)];

  for (const i of [...oldestFirst].reverse()) {
    let product = products.paramsWithUpdates(i);
    for (let j = 0; j < m; j++) product += (ofGradients[j] as number) * products.ofDifferences(i, j);
    ofGradients[i] = -(weights[i] as number) * product;
  }
  const alphas = ofGradients.map((coefficient) => -coefficient);
  const scale = scaled ? identityScale(products, newest, started) : 1;
  for (let j = 0; j < m; j++) ofGradients[j] = (ofGradients[j] as number) * scale;
  for (const i of oldestFirst) {
    let product = scale * products.gradientsWithUpdates(i);
    for (let j = 0; j < m; j++) {
      product += (ofGradients[j] as number) * products.ofGradients(i, j);
      product += (ofParams[j] as number) * products.ofDifferences(j, i);
    }
    ofParams[i] = (alphas[i] as number) - (weights[i] as number) * product;
  }
  return Float64Array.of(...ofParams, ...ofGradients, scale);
};
