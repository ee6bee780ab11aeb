import { describe, expect, it } from "vitest";
import { engine, gl, gpuName } from "./engine.ts";
import { tree } from "./trees.ts";

const own: gl.GradientTransformation = { init: () => ({}), update: (updates, state) => [updates, state] };

const MASK = { dense: true, scale: false, none: false, long: true };

const refused: Record<string, [tx: gl.GradientTransformation, name: RegExp]> = {
  "a transformation of one's own": [gl.chain(own, gl.sgd(0.1)), /a transformation of your own/],
  "a line search": [gl.scaleByBacktrackingLinesearch(10), /scaleByBacktrackingLinesearch/],
  "a measurement": [gl.chain(gl.snapshot("norm", gl.tree.norm), gl.sgd(0.1)), /snapshot/],
  "L-BFGS": [gl.lbfgs(), /scaleByLbfgs/],
  flattening: [gl.flatten(gl.sgd(0.1)), /flatten/],
  sm3: [gl.sm3(0.1), /scaleBySm3/],
  "centralized gradients": [gl.chain(gl.adam(0.1), gl.centralize()), /centralize/],
  "noisy SGD": [gl.noisySgd(0.1), /addNoise/],
  "adaptive clipping, masked": [gl.masked(gl.adaptiveGradClip(0.1), MASK), /adaptiveGradClip/],
  "muon, preconditioned by the largest singular value": [
    gl.contrib.muon(0.1, { preconditioning: "spectral" }),
    /scaleByMuon/,
  ],
};

describe(`what cannot run on ${gpuName} is refused by name when the state is created`, () => {
  for (const [name, [tx, named]] of Object.entries(refused)) {
    it(name, async () => {
      const creation = gl.TrainState.create({ params: tree(1), tx, engine });
      await expect(creation).rejects.toMatchObject({ code: "UNSUPPORTED", path: "tx" });
      await expect(creation).rejects.toThrow(named);
      await expect(creation).rejects.toThrow(/CPU engine/);
    });
  }

  it("lookahead", async () => {
    const params = gl.LookaheadParams.initSynced(tree(1));
    const creation = gl.TrainState.create({ params, tx: gl.lookahead(gl.sgd(0.1), 2, 0.5), engine });
    await expect(creation).rejects.toMatchObject({ code: "UNSUPPORTED", path: "tx" });
    await expect(creation).rejects.toThrow(/lookahead/);
  });

  it("double precision", async () => {
    const params = { a: { w: new Float64Array(2) } };
    await expect(gl.TrainState.create({ params, tx: gl.sgd(0.1), engine })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      path: "params.a.w",
    });
  });

  it("arrays of the host to adopt", async () => {
    await expect(
      gl.TrainState.create({ params: tree(1), tx: gl.sgd(0.1), engine, adopt: true }),
    ).rejects.toMatchObject({ code: "UNSUPPORTED", path: "TrainState.create.adopt" });
  });

  it("to run transformations outside a TrainState", () => {
    expect(() => gl.setEngine(engine as never)).toThrow(/TrainState\.create/);
  });
});

describe(`bad input on ${gpuName}`, () => {
  const params = { w: new Float32Array([1, 2]) };
  const create = (options: object) => gl.TrainState.create({ params, tx: gl.sgd(0.1), engine, ...options });

  it("leaves the state as it was", async () => {
    const train = await create({});
    for (const grads of [
      { w: new Float32Array(3) },
      { v: new Float32Array(2) },
      { w: new Float64Array(2) },
    ]) {
      await expect(train.applyGradients(grads as never)).rejects.toMatchObject({ path: expect.any(String) });
    }
    expect(train.step).toBe(0);
    expect((await train.readParams()).w).toEqual(params.w);
  });

  it("a schedule that fails changes nothing", async () => {
    const tx = gl.sgd((count) => (count === 1 ? Number.NaN : 1));
    const train = await create({ tx });
    await train.applyGradients({ w: new Float32Array([1, 1]) });
    await expect(train.applyGradients({ w: new Float32Array([1, 1]) })).rejects.toMatchObject({
      code: "INVALID_HYPERPARAMETER",
    });
    expect(train.step).toBe(1);
    expect((await train.readParams()).w).toEqual(new Float32Array([0, 1]));
  });

  it("host code that fails between phases changes nothing", async () => {
    let fails = false;
    const rate = () => (fails ? Number.NaN : 1);
    const train = await create({
      tx: gl.chain(gl.trace(0.9), gl.applyIfFinite(gl.scaleBySchedule(rate), 3), gl.scale(-1)),
    });
    const grads = { w: new Float32Array([1, 1]) };
    await train.applyGradients(grads);
    const before = await train.snapshot();
    fails = true;
    await expect(train.applyGradients(grads)).rejects.toMatchObject({ code: "INVALID_HYPERPARAMETER" });
    expect(await train.snapshot()).toEqual(before);
    fails = false;
    await train.applyGradients(grads);
    expect(train.step).toBe(2);
  });

  it("options", async () => {
    await expect(create({ storage: { params: "float64" } })).rejects.toThrow(/storage\.params/);
    await expect(create({ storage: { slots: "float16" } })).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(create({ step: -1 })).rejects.toMatchObject({ code: "INVALID_HYPERPARAMETER" });
    await expect(create({ threads: 2 })).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(create({ params: undefined })).rejects.toMatchObject({ code: "INVALID_TREE" });
    expect(() => gl.TrainState.create({ params, tx: gl.sgd(0.1), storage: {} } as never)).toThrow(/storage/);
  });

  it("use while a call is under way, and after disposal", async () => {
    const train = await create({});
    const first = train.applyGradients({ w: new Float32Array([1, 1]) });
    await expect(train.applyGradients({ w: new Float32Array([1, 1]) })).rejects.toMatchObject({
      code: "STEP_IN_PROGRESS",
    });
    await first;
    expect(train.step).toBe(1);
    train.dispose();
    await expect(train.readParams()).rejects.toMatchObject({ code: "DISPOSED" });
    await expect(train.applyGradients({ w: new Float32Array(2) })).rejects.toMatchObject({
      code: "DISPOSED",
    });
  });
});
