import { describe, expect, it } from "vitest";
import { byPath } from "../conformance/trees.ts";
import { cpuEngines, engine, gl, gpuName } from "./engine.ts";
import { gradients, tree } from "./trees.ts";

const chains: Record<string, () => gl.GradientTransformation> = {
  "clipped adamw": () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.cosineDecaySchedule(1e-2, 10))),
  "half-precision momentum": () => gl.adam(1e-2, { muDtype: "bfloat16" }),
  masked: () => gl.masked(gl.adam(1e-2), { dense: true, scale: false, none: false, long: true }),
  "every second": () => new gl.MultiSteps(gl.sgd(1e-2, { momentum: 0.9 }), 2),
  novograd: () => gl.novograd(1e-2),
  injected: () => gl.injectHyperparams(gl.adamw)(1e-2),
};

type State = {
  readonly step: number;
  snapshot(): gl.Snapshot<unknown, unknown> | Promise<gl.Snapshot<unknown, unknown>>;
  applyGradients(grads: unknown): unknown;
};

const create = async (options: { params: unknown; tx: gl.GradientTransformation }, where: string) =>
  (where === "gpu"
    ? await gl.TrainState.create({ ...options, engine })
    : gl.TrainState.create({ ...options, engine: where })) as State;

describe(`a snapshot on ${gpuName}`, () => {
  for (const [name, tx] of Object.entries(chains)) {
    it(`${name}: training goes from engine to engine and gives the same bits`, async () => {
      const straight = gl.TrainState.create({ params: tree(1), tx: tx() });
      const [first, second] = cpuEngines;
      let state = await create({ params: tree(1), tx: tx() }, first);
      const route = ["gpu", second, "gpu", first];
      for (const [i, grads] of gradients(5).entries()) {
        straight.applyGradients(grads);
        await state.applyGradients(grads);
        const next = route[i];
        // A snapshot must survive structuredClone, as when a page posts it to a worker.
        const snapshot = structuredClone(await state.snapshot());
        if (next) state = await create({ ...snapshot, tx: tx() }, next);
      }
      expect(state.step).toBe(5);
      expect(byPath(await state.snapshot())).toEqual(byPath(straight.snapshot()));
    });
  }

  it("is apart from the state it was taken of", async () => {
    const state = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    const before = await state.snapshot();
    const copy = structuredClone(before);
    await state.applyGradients(tree(2));
    expect(before).toEqual(copy);
    expect(byPath(await state.snapshot())).not.toEqual(byPath(before));
  });

  it("of another transformation is refused", async () => {
    const { optState } = gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1) }).snapshot();
    await expect(
      gl.TrainState.create({ params: tree(1), tx: gl.novograd(0.1), optState, engine }),
    ).rejects.toMatchObject({ code: "INVALID_STATE" });
  });
});
