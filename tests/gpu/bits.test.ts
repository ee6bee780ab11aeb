import { describe, expect, it } from "vitest";
import { byPath } from "../conformance/trees.ts";
import { engine, gl, gpuName } from "./engine.ts";
import { gradients, tree } from "./trees.ts";

const DECAY = { weightDecay: 0.1, mask: gl.pathMask(/kernel$/) };

/** The chains that equal the CPU engines bit for bit on a GPU that neither fuses nor reorders operations, as software GPUs. */
const chains: Record<string, () => gl.GradientTransformation> = {
  adamw: () => gl.adamw(1e-2, DECAY),
  "adamw, bf16 momentum": () => gl.adamw(1e-2, { muDtype: "bfloat16" }),
  sgd: () => gl.sgd(0.1, { momentum: 0.9, nesterov: true }),
  lion: () => gl.lion(1e-3, DECAY),
  "clipped adamw": () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.cosineDecaySchedule(1e-2, 10))),
  "clipped by block": () => gl.chain(gl.clipByBlockRms(0.1), gl.sgd(0.1)),
  lamb: () => gl.lamb(1e-2, DECAY),
  lars: () => gl.lars(1e-2),
  novograd: () => gl.novograd(1e-2),
  "apply if finite": () => gl.applyIfFinite(gl.adam(1e-2), 2),
  "zero NaNs": () => gl.chain(gl.zeroNans(), gl.adam(1e-2)),
  "every second": () => new gl.MultiSteps(gl.adamw(1e-2), 2),
  "by label": () =>
    gl.multiTransform(
      { fast: gl.adam(1e-2), slow: gl.sgd(1e-3) },
      { dense: "fast", scale: "slow", none: "slow", long: "fast" },
    ),
  injected: () => gl.injectHyperparams(gl.adamw)(gl.linearSchedule(1e-2, 0, 10)),
};

describe(`the bits of the CPU on ${gpuName}, ${engine.description}`, () => {
  for (const [name, tx] of Object.entries(chains)) {
    it(name, async () => {
      const cpu = gl.TrainState.create({ params: tree(1), tx: tx() });
      const gpu = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
      for (const grads of gradients(4)) {
        cpu.applyGradients(grads);
        await gpu.applyGradients(grads);
      }
      const after = await gpu.snapshot();
      expect(byPath(after)).toEqual(byPath(cpu.snapshot()));
      expect(gpu.step).toBe(4);
      gpu.dispose();
    });
  }

  it("gradients that are not finite are skipped as on the CPU, and the count tells", async () => {
    const tx = gl.applyIfFinite(gl.adam(1e-2), 5);
    const cpu = gl.TrainState.create({ params: tree(1), tx });
    const gpu = await gl.TrainState.create({ params: tree(1), tx, engine });
    const [good, bad] = [tree(2), tree(3)];
    bad.long[4999] = Number.NaN;
    for (const grads of [good, bad, good]) {
      cpu.applyGradients(grads);
      await gpu.applyGradients(grads);
    }
    expect(gpu.optState.totalNotfinite).toBe(1);
    expect(byPath(await gpu.snapshot())).toEqual(byPath(cpu.snapshot()));
  });

  it("hyperparameters can be set between steps", async () => {
    const tx = gl.injectHyperparams(gl.sgd)(0.1);
    const cpu = gl.TrainState.create({ params: tree(1), tx });
    const gpu = await gl.TrainState.create({ params: tree(1), tx, engine });
    for (const rate of [0.1, 0.5, 0]) {
      cpu.optState.hyperparams.learningRate = rate;
      gpu.optState.hyperparams.learningRate = rate;
      cpu.applyGradients(tree(2));
      await gpu.applyGradients(tree(2));
    }
    expect(byPath(await gpu.readParams())).toEqual(byPath(cpu.params));
  });
});
