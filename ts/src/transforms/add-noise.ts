import { define } from "../define.ts";
import { GradloomError } from "../error.ts";
import type { LeafwiseKernels } from "../kernels/registry.gen.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { snakeKeys } from "../kernels/snake-keys.ts";
import { maybe, real } from "../options.ts";
import type { TransformationDescription } from "../plan/description.ts";
import type { Node, Transformation } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import { HostValue, type StateLayout } from "../plan/state.ts";
import type { ScalarRef } from "../plan/step.ts";
import type { Binding, StepContext, StepHooks } from "../plan/step-hooks.ts";
import { power } from "../portable/power.ts";
import { named } from "../pytree/named.ts";
import { key as fromSeed, type Key, keyOrSeed, rngKey, split } from "../random/key.ts";
import { fromNode } from "../run/pure.ts";

/** Steps so far, and the key that the next step's noise is drawn from. */
export interface AddNoiseState {
  readonly count: number;
  readonly rngKey: Key;
}

/** The options of transformations that draw noise. */
export const NOISE_OPTIONS = {
  /** The key to draw from, or a seed in [0, 2^32); by default the seed 0. */
  key: maybe(keyOrSeed),
  /** Optax's older name of `key`; not together with it. */
  seed: maybe(real(0, { min: 0, below: 2 ** 32, integer: true })),
};

/** Returns the key that the options ask for. */
export const chosenKey = (owner: string, key: Key | number | null, seed: number | null): Key => {
  if (key !== null && seed !== null) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "both key and seed are given.", {
      path: `${owner}.seed`,
      remedy: "Pass only { key }.",
    });
  }
  const chosen = key ?? seed ?? 0;
  return typeof chosen === "number" ? fromSeed(chosen) : chosen;
};

/** The scalars that are equal for all leaves, in the kernel's order: the scale, and the words of the key in halves. */
const SCALARS = ["scale", "key0High", "key0Low", "key1High", "key1Low"] as const;

/** The scalars of the kernel: tsc checks their names. */
type NoiseScalars = Readonly<Record<LeafwiseKernels["add_noise"]["scalars"], ScalarRef>>;

const halves = (word: number): [number, number] => [word >>> 16, word & 0xffff];

/** The node of `addNoise`. Its leafwise kernel derives a key for each leaf from the leaf's index. */
class NoiseNode implements Node, StepHooks {
  readonly name = "addNoise";
  readonly key = "addNoise";
  readonly #initial: Key;
  readonly #deviation: (step: number) => number;

  constructor(initial: Key, deviation: (step: number) => number) {
    this.#initial = initial;
    this.#deviation = deviation;
  }

  hooks(): readonly StepHooks[] {
    return [this];
  }

  describe(): TransformationDescription {
    return { name: this.name, options: {} };
  }

  lower(scope: Scope): StateLayout {
    const first = scope.builder.scalars;
    const index = scope.register();
    scope.bind(this, SCALARS.length, new Map([["index", index]]));
    const shared = Object.fromEntries(SCALARS.map((name, i) => [name, first + i]));
    const scalars: NoiseScalars = {
      ...(shared as Record<(typeof SCALARS)[number], number>),
      index: { register: index },
    };
    scope.integers(this.name);
    scope.step({
      leafwise: "add_noise" satisfies keyof LeafwiseKernels,
      slots: {},
      scalars: snakeKeys(scalars, (ref: ScalarRef) => ref),
      axes: [],
    });
    return named("AddNoiseState", { count: new HostValue(0), rngKey: new HostValue(this.#initial) });
  }

  prepare(state: AddNoiseState, { firstScalar, leaves, registers }: Binding, { program }: StepContext): void {
    const [, sample] = split(rngKey.check(state.rngKey, "state.rngKey")) as [Key, Key];
    const [first, second] = sample as unknown as [number, number];
    const deviation = this.#deviation(state.count + 1);
    program.scalars.set([deviation, ...halves(first), ...halves(second)], firstScalar);
    const index = registers.get("index") as number;
    for (const [i, leaf] of leaves.entries()) program.setRegister(index, leaf, i);
  }

  commit(state: { count: number; rngKey: Key }): void {
    state.count = safeIncrement(state.count);
    state.rngKey = split(state.rngKey)[0] as Key;
  }
}

/**
 * Adds Gaussian noise that fades: u + sqrt(eta / t^gamma) * z, where t counts steps from 1 and z is standard normal.
 *
 * The noise is Optax's for the same key, leaf by leaf, drawn inside the kernel without any memory. It is drawn in
 * single precision for all parameters.
 *
 * @param eta - the variance of the first step's noise; at least 0
 * @param gamma - the exponent with which the variance fades
 * @example
 * const tx = gl.chain(gl.addNoise(0.01, 0.55, { key: gl.random.key(1) }), gl.sgd(0.1));
 * const params = { w: new Float32Array([1, 2]) };
 * const [updates] = tx.update({ w: new Float32Array(2) }, tx.init(params), params);
 * console.log(Math.abs(updates.w[0]) > 0); // true
 * @see Neelakantan et al. 2015, https://arxiv.org/abs/1511.06807
 */
export const addNoise = define(
  "addNoise",
  { eta: real(0, { min: 0 }), gamma: real(0) },
  NOISE_OPTIONS,
  ({ key, seed }, eta: number, gamma: number): Transformation<AddNoiseState> =>
    fromNode(new NoiseNode(chosenKey("addNoise", key, seed), (step) => Math.sqrt(eta / power(step, gamma)))),
);
