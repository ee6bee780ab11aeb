/**
 * The rules of `flax.optim`, written down from their published definitions in plain double precision, one leaf at a
 * time: the left column of the guide. Slow and obvious on purpose.
 */
import { mapTree, type Tree } from "./model.ts";

type Vector = Float64Array;

/** The hyperparameters that a caller may override when gradients are applied. */
interface Overrides {
  readonly learningRate?: number;
}

/** The rule of one optimizer for one leaf. `t` counts from 1; each leaf has its own state, which starts as zeros. */
interface OptimizerDef {
  readonly slots: readonly string[];
  step(p: Vector, g: Vector, state: Record<string, Vector>, t: number, overrides: Overrides): Vector;
  create(target: Tree<Vector>): Optimizer;
}

/** An optimizer that owns the parameters, as `flax.optim.Optimizer` does. */
interface Optimizer {
  readonly target: Tree<Vector>;
  applyGradient(grads: Tree<Vector>, overrides?: Overrides): Optimizer;
}

const define = (slots: readonly string[], step: OptimizerDef["step"]): OptimizerDef => {
  const def: OptimizerDef = {
    slots,
    step,
    create: (target) => MultiOptimizer([() => true, def]).create(target),
  };
  return def;
};

/** g ← g + wd·p;  m ← β·m + g;  p ← p - lr·m  (nesterov: p ← p - lr·(g + β·m)) */
export const Momentum = (learningRate: number, beta = 0.9, weightDecay = 0, nesterov = false): OptimizerDef =>
  define(["momentum"], (p, g, state, _, { learningRate: lr = learningRate }) => {
    const m = state.momentum as Vector;
    return p.map((x, i) => {
      const gradient = (g[i] as number) + weightDecay * x;
      m[i] = beta * (m[i] as number) + gradient;
      return x - lr * (nesterov ? gradient + beta * (m[i] as number) : (m[i] as number));
    });
  });

/** m ← β₁m + (1-β₁)g;  v ← β₂v + (1-β₂)g²;  p ← p - lr·m̂/(√v̂ + ε) - lr·wd·p: weight decay is decoupled */
export const Adam = (
  learningRate: number,
  { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 } = {},
): OptimizerDef =>
  define(["gradEma", "gradSqEma"], (p, g, state, t, { learningRate: lr = learningRate }) => {
    const [m, v] = [state.gradEma as Vector, state.gradSqEma as Vector];
    return p.map((x, i) => {
      const gradient = g[i] as number;
      m[i] = beta1 * (m[i] as number) + (1 - beta1) * gradient;
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * gradient ** 2;
      const [mHat, vHat] = [(m[i] as number) / (1 - beta1 ** t), (v[i] as number) / (1 - beta2 ** t)];
      return x - (lr * mHat) / (Math.sqrt(vHat) + eps) - lr * weightDecay * x;
    });
  });

/** A predicate that selects the leaves of an optimizer by path: `/dense1/kernel`. */
type Traversal = (path: string) => boolean;

/** Applies to each leaf the optimizer whose traversal selects it; leaves that none selects do not change. */
export const MultiOptimizer = (
  ...pairs: [Traversal, OptimizerDef][]
): { create(target: Tree<Vector>): Optimizer } => ({
  create: (target) => {
    const states = new Map<string, Record<string, Vector>>();
    const at = (t: number, current: Tree<Vector>): Optimizer => ({
      target: current,
      applyGradient: (grads, overrides = {}) =>
        at(
          t + 1,
          mapTree(
            (path, p, g) => {
              const def = pairs.find(([takes]) => takes(path))?.[1];
              if (!def) return p;
              const state =
                states.get(path) ?? Object.fromEntries(def.slots.map((s) => [s, new Float64Array(p.length)]));
              states.set(path, state);
              return def.step(p, g as Vector, state, t, overrides);
            },
            current,
            grads,
          ),
        ),
    });
    return at(1, target);
  },
});
