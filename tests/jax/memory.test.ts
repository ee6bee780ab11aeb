import { defaultDevice, numpy as np, tree } from "@jax-js/jax";
import { afterEach, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { JaxTrainState, toJaxTransformation } from "../../ts/src/jax/index.ts";
import { addDecayedWeights } from "../../ts/src/jax/optax/index.ts";
import { liveBuffers } from "./arrays.ts";

const engine = gl.nativeEngine();

const original = defaultDevice();
afterEach(() => {
  defaultDevice(original);
});

const STEPS = 1000;
/** The pure functions take longer: they copy the state too. */
const CALLS = 300;

/** Takes steps and counts the buffers of jax-js after the first few, after all, and at the end. */
const count = async (steps: number, step: (i: number) => void | Promise<void>, end: () => void) => {
  for (let i = 0; i < 4; i++) await step(i);
  const before = liveBuffers();
  for (let i = 0; i < steps; i++) await step(i);
  const after = liveBuffers();
  end();
  return { before, after, atEnd: liveBuffers() };
};

/** Returns parameters that are no constant, which would have no buffer. */
const start = () => ({
  w: np.array(
    Float32Array.from({ length: 144 }, (_, i) => i),
    { shape: [12, 12] },
  ),
});

describe.each(["wasm", "cpu"] as const)("the buffers of jax-js on %s", (device) => {
  it(`are as many after ${STEPS} steps of a training state`, async () => {
    defaultDevice(device);
    const none = liveBuffers();
    const train = JaxTrainState.create({ params: start(), tx: gl.adamw(1e-3), engine });
    const step = (i: number) => {
      const grads = { w: train.params.w.ref.mul(2) };
      return i % 2 ? train.applyGradients(grads) : train.applyGradientsAsync(grads);
    };
    const { before, after, atEnd } = await count(STEPS, step, () => train.dispose());
    expect(after).toBe(before);
    expect(atEnd).toBe(none);
    expect(train.step).toBe(STEPS + 4);
  });

  it(`are as many after ${CALLS} calls of the pure functions`, async () => {
    defaultDevice(device);
    const none = liveBuffers();
    const solver = toJaxTransformation(gl.adamw(1e-3));
    let params = start();
    let state = solver.init(tree.ref(params));
    const step = async (i: number) => {
      const args = [{ w: params.w.ref.mul(2) }, state, tree.ref(params)] as const;
      const [updates, next] = i % 2 ? solver.update(...args) : await solver.updateAsync(...args);
      // Later arrays depend on the earlier ones until they are computed.
      params = { w: await params.w.add(updates.w).blockUntilReady() };
      state = next;
    };
    const { before, after, atEnd } = await count(CALLS, step, () => tree.dispose([params, state]));
    expect(after).toBe(before);
    expect(atEnd).toBe(none);
  });

  it("are as many after calls that fail", () => {
    defaultDevice(device);
    const train = JaxTrainState.create({ params: start(), tx: gl.adamw(1e-3), engine });
    const solver = toJaxTransformation(gl.adamw(1e-3));
    const state = solver.init(start());
    // The device cpu gives a constant, such as the count, a buffer when it is read.
    for (const array of tree.leaves<np.Array>([train.params, state])) array.ref.dataSync();
    const before = liveBuffers();
    const good = start();
    const bad = { w: np.array(Float32Array.of(1, 2)) };
    for (let i = 0; i < 10; i++) {
      expect(() => train.applyGradients(bad)).toThrow(gl.GradloomError);
      expect(() => solver.update(bad, state, good)).toThrow(gl.GradloomError);
      expect(() => solver.update(good, state)).toThrow(gl.GradloomError);
      expect(() => solver.init({ ...good, v: bad.w, u: bad.w })).toThrow(gl.GradloomError);
      expect(() => JaxTrainState.create({ params: good, tx: gl.adamw(1e-3), step: -1 })).toThrow(
        gl.GradloomError,
      );
    }
    expect([good.w.refCount, bad.w.refCount]).toEqual([1, 1]);
    tree.dispose([good, bad]);
    expect(liveBuffers()).toBe(before);
    train.dispose();
    tree.dispose(state);
  });

  it("are as many after an objective whose results cannot be read", async () => {
    defaultDevice(device);
    const train = JaxTrainState.create({ params: start(), tx: gl.lbfgs(), engine });
    const gone = np.array(Float32Array.of(1, 2));
    gone.dispose();
    const grads = start();
    let calls = 0;
    const extra = {
      value: 1,
      grad: grads,
      valueAndGradFn: (params: unknown) => {
        tree.dispose(params as never);
        calls += 1;
        return [1, { w: np.array(Float32Array.of(1, 2)), gone }];
      },
    };
    tree.ref(grads); // It stands in two places.
    const before = liveBuffers();
    expect(() => train.applyGradients(grads, extra)).toThrow(gl.GradloomError);
    await expect(train.applyGradientsAsync(grads, extra)).rejects.toThrow(gl.GradloomError);
    expect(liveBuffers()).toBe(before);
    expect(calls).toBe(2);
    tree.dispose([grads, grads]);
    train.dispose();
  });

  it("are as many after a mask that its function made does not fit", () => {
    defaultDevice(device);
    const solver = addDecayedWeights({
      weightDecay: 1,
      mask: (updates) => {
        tree.dispose(updates);
        return [np.array(Float32Array.of(1, 2))];
      },
    });
    const [updates, params] = [start(), start()];
    const before = liveBuffers();
    expect(() => solver.update(updates, [], params)).toThrow(gl.GradloomError);
    expect(liveBuffers()).toBe(before);
    tree.dispose([updates, params]);
  });
});
