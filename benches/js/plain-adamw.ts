/** AdamW as one would write it by hand: a plain loop over each array. */
export class PlainAdamw {
  readonly params: Float32Array[];
  readonly #mu: Float32Array[];
  readonly #nu: Float32Array[];
  #count = 0;

  constructor(params: readonly Float32Array[]) {
    this.params = params.map((p) => p.slice());
    this.#mu = params.map((p) => new Float32Array(p.length));
    this.#nu = params.map((p) => new Float32Array(p.length));
  }

  step(grads: readonly Float32Array[], learningRate: number, weightDecay: number): void {
    const [b1, b2, eps] = [0.9, 0.999, 1e-8];
    this.#count += 1;
    const c1 = 1 / (1 - b1 ** this.#count);
    const c2 = 1 / (1 - b2 ** this.#count);
    for (let leaf = 0; leaf < grads.length; leaf++) {
      const [p, g] = [this.params[leaf] as Float32Array, grads[leaf] as Float32Array];
      const [mu, nu] = [this.#mu[leaf] as Float32Array, this.#nu[leaf] as Float32Array];
      for (let i = 0; i < p.length; i++) {
        const u = g[i] as number;
        const m = b1 * (mu[i] as number) + (1 - b1) * u;
        const v = b2 * (nu[i] as number) + (1 - b2) * u * u;
        mu[i] = m;
        nu[i] = v;
        p[i] =
          (p[i] as number) -
          learningRate * ((m * c1) / (Math.sqrt(v * c2) + eps) + weightDecay * (p[i] as number));
      }
    }
  }
}
