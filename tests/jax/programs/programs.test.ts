import { type JsTree, jit, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { adamw, applyUpdates } from "@jax-js/optax";
import { describe, expect, it } from "vitest";
import * as gl from "../../../ts/src/entry/node.ts";
import { JaxTrainState } from "../../../ts/src/jax/index.ts";
import { expectSameBits } from "../../conformance/compare.ts";
import { flat } from "../../conformance/trees.ts";
import { liveBuffers } from "../arrays.ts";
import { convolution } from "./convolution.ts";
import { perceptron } from "./perceptron.ts";
import type { Program } from "./program.ts";
import { transformer } from "./transformer.ts";

// The programs run once: that training has the same bits on all engines is tested elsewhere.
gl.setEngine(gl.nativeEngine());

// biome-ignore lint/suspicious/noExplicitAny: programs with different parameters
type AnyTree = any;

const PROGRAMS: readonly Program<AnyTree>[] = [perceptron, convolution, transformer];

const OPTIMIZERS: Readonly<Record<string, () => gl.GradientTransformation>> = {
  adamw: () =>
    gl.chain(
      gl.clipByGlobalNorm(1),
      gl.adamw(gl.warmupCosineDecaySchedule(0, 0.01, 5, 60), { weightDecay: 1e-3 }),
    ),
  muon: () => gl.contrib.muon(0.02),
};

/** Copies the arrays of a tree to the host, and leaves them alone. */
const toHost = (node: AnyTree): AnyTree => {
  if (node instanceof np.Array)
    return gl.tensor(node.ref.dataSync() as Float32Array<ArrayBuffer>, node.shape);
  if (Array.isArray(node)) return node.map(toHost);
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, toHost(child)]));
};

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Expects the losses of the last steps to be lower than the first by a factor. */
const expectFall = (losses: readonly number[], factor: number) => {
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(mean(losses.slice(-3))).toBeLessThan((losses[0] as number) / factor);
};

for (const { name, init, loss, batch, steps, falls } of PROGRAMS) {
  describe(name, () => {
    const compiled = jit(valueAndGrad(loss));

    for (const [optimizer, tx] of Object.entries(OPTIMIZERS)) {
      it(`learns with ${optimizer}, and has the bits of a TrainState over typed arrays`, () => {
        const train = JaxTrainState.create({ params: init(), tx: tx() });
        const typed = gl.TrainState.create({ params: toHost(train.params), tx: tx() });
        const losses: number[] = [];
        let live = 0;
        for (let step = 0; step < steps; step++) {
          const [value, grads] = compiled(tree.ref(train.params), ...batch(step));
          losses.push(value.item());
          typed.applyGradients(toHost(grads));
          train.applyGradients(grads);
          void train.params;
          // The first steps leave biases of zero, which are constants without a buffer.
          if (step === 2) live = liveBuffers();
        }
        expectFall(losses, falls);
        expectSameBits(flat(toHost(train.params)), flat(typed.params), "parameters");
        expect(liveBuffers()).toBe(live);
        train.dispose();
        typed.dispose();
      });
    }

    it("learns with adamw of @jax-js/optax, which is gradloom's", () => {
      const solver = adamw(0.01);
      let params = init();
      let state = solver.init(tree.ref(params));
      const train = JaxTrainState.create({ params: init(), tx: gl.adamw(0.01) });
      const losses: number[] = [];
      for (let step = 0; step < steps / 2; step++) {
        const [value, grads] = compiled(tree.ref(params), ...batch(step));
        losses.push(value.item());
        if (step < 5) train.applyGradients(tree.ref(grads));
        const [updates, next] = solver.update(grads, state, tree.ref(params));
        params = applyUpdates(params, updates);
        state = next;
        if (step === 4) {
          const [ours, theirs] = [flat(toHost(train.params)), flat(toHost(params))];
          expect(theirs).toHaveLength(ours.length);
          expect(Math.max(...ours.map((x, i) => Math.abs(x - (theirs[i] as number))))).toBeLessThan(1e-6);
        }
      }
      expectFall(losses, 1.5);
      tree.dispose([params, state] as JsTree<np.Array>);
      train.dispose();
    });
  });
}
