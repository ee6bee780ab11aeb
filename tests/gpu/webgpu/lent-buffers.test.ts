import { describe, expect, it } from "vitest";
import { byPath } from "../../conformance/trees.ts";
import { gl } from "../engine.ts";
import { gradients, type Tree, tree } from "../trees.ts";
import { gradsOnDevice, onCpu, onDevice, requestDevice } from "./device.ts";

const device = await requestDevice();
const elsewhere = await requestDevice();
const engine = await gl.gpu.webgpu({ device });
const [first, second] = gradients(2) as [Tree, Tree];

type Slices = ReturnType<typeof gradsOnDevice>;

/** Makes a buffer unusable. Returns the slices of a tree with it as `long`. */
const ways: Record<string, { code: string; spoil: (slices: Slices) => Slices }> = {
  destroyed: {
    code: "DETACHED_MEMORY",
    spoil: (slices) => {
      slices.long.buffer.destroy();
      return slices;
    },
  },
  "of another device": {
    code: "INVALID_TREE",
    spoil: (slices) => {
      const { size, usage } = slices.long.buffer;
      return { ...slices, long: { ...slices.long, buffer: elsewhere.createBuffer({ size, usage }) } };
    },
  },
  mapped: {
    code: "DETACHED_MEMORY",
    spoil: (slices) => {
      const { size, usage } = slices.long.buffer;
      const buffer = device.createBuffer({ size, usage, mappedAtCreation: true });
      return { ...slices, long: { ...slices.long, buffer } };
    },
  },
};

const transformations: Record<string, () => gl.GradientTransformation> = {
  adamw: () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.linearSchedule(1e-2, 0, 5))),
  "one whose host code reads results between phases": () => gl.novograd(1e-2),
  "one whose host code reads results at the end": () => gl.applyIfFinite(gl.adam(1e-2), 3),
  "one that counts on the host": () => gl.injectHyperparams(gl.adam)(gl.linearSchedule(1e-2, 0, 5)),
};

const layouts: Record<string, object> = {
  "bound in place": {},
  "copied first": { usage: 0x04 | 0x08 },
  "for binding alone": { usage: 0x80 | 0x08 },
};

describe.each(Object.entries(ways))("a gradient's buffer that is %s", (_, { code, spoil }) => {
  const expected = { code, path: "grads.long", remedy: expect.stringMatching(/^[A-Z].*\.$/) };

  for (const [name, tx] of Object.entries(transformations)) {
    it(`is refused before anything changes by ${name}`, async () => {
      const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
      await train.applyGradients(gradsOnDevice(device, first));
      const before = byPath(await train.snapshot());
      const spoiled = spoil(gradsOnDevice(device, second));
      await expect(train.applyGradients(spoiled)).rejects.toMatchObject(expected);
      await expect(train.applyGradients(spoiled)).rejects.toMatchObject(expected);
      expect(train.step).toBe(1);
      expect(byPath(await train.snapshot())).toEqual(before);
      await train.applyGradients(gradsOnDevice(device, second));
      const twin = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
      for (const grads of [first, second]) await twin.applyGradients(gradsOnDevice(device, grads));
      expect(byPath(await train.snapshot())).toEqual(byPath(await twin.snapshot()));
    });
  }

  it.each(Object.entries(layouts))("is refused where buffers are %s", async (_, options) => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    await expect(train.applyGradients(spoil(gradsOnDevice(device, first, options)))).rejects.toMatchObject(
      expected,
    );
    expect(train.step).toBe(0);
    await train.applyGradients(gradsOnDevice(device, first, options));
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(gl.adam(0.1), [first])));
  });
});

describe("a gradient's buffer", () => {
  it("may be destroyed between steps that share it: the step that finds out is refused", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    const grads = gradsOnDevice(device, first);
    await train.applyGradients(grads);
    await train.applyGradients(grads);
    grads.dense.bias.buffer.destroy();
    await expect(train.applyGradients(grads)).rejects.toMatchObject({
      code: "DETACHED_MEMORY",
      path: "grads.dense.bias",
    });
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(gl.adam(0.1), [first, first])));
  });

  it("that is mapped, or about to be, is refused by record too", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    const buffer = device.createBuffer({ size: first.long.byteLength, usage: 0x02 | 0x04 });
    const grads = { ...gradsOnDevice(device, first), long: { buffer } };
    const mapped = buffer.mapAsync(2);
    const encoder = device.createCommandEncoder();
    const refused = expect.objectContaining({ code: "DETACHED_MEMORY", path: "grads.long" });
    expect(() => train.record(encoder, grads)).toThrow(refused);
    await mapped;
    expect(() => train.record(encoder, grads)).toThrow(refused);
    expect(train.step).toBe(0);
  });

  it("of the wrong usage is refused", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    const grads = gradsOnDevice(device, first, { usage: 0x08 });
    await expect(train.applyGradients(grads)).rejects.toMatchObject({ code: "INVALID_TREE" });
    expect(() => train.record(device.createCommandEncoder(), grads)).toThrow("COPY_SRC");
    expect(train.step).toBe(0);
  });

  it("of a leaf without elements is not looked at", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
    const grads = gradsOnDevice(device, first);
    grads.none.buffer.destroy();
    await train.applyGradients(grads);
    expect(train.step).toBe(1);
  });
});

describe.each(Object.entries(ways))("a parameter's buffer that is %s", (_, { code, spoil }) => {
  it.each([true, false])("is refused when the state is created, adopted: %s", async (adopt) => {
    const params = spoil(onDevice(device, tree(1))) as ReturnType<typeof onDevice>;
    await expect(gl.TrainState.create({ params, tx: gl.adam(0.1), engine, adopt })).rejects.toMatchObject({
      code,
      path: "params.long",
    });
  });
});

describe("an adopted parameter's buffer that has been destroyed", () => {
  const adopted = async () => {
    const params = onDevice(device, tree(1));
    const train = await gl.TrainState.create({ params, tx: gl.adam(0.1), engine, adopt: true });
    await train.applyGradients(first as never);
    params.scale.buffer.destroy();
    return train;
  };
  const expected = { code: "DETACHED_MEMORY", path: "params.scale" };

  it("is refused by a step, whose counts stay", async () => {
    const train = await adopted();
    await expect(train.applyGradients(second as never)).rejects.toMatchObject(expected);
    await expect(train.applyGradients(gradsOnDevice(device, second))).rejects.toMatchObject(expected);
    await expect(train.applyGradients()).rejects.toMatchObject(expected);
    expect([train.step, train.optState[0].count]).toEqual([1, 1]);
  });

  it("is refused by readParams and snapshot", async () => {
    const train = await adopted();
    await expect(train.readParams()).rejects.toMatchObject(expected);
    await expect(train.snapshot()).rejects.toMatchObject(expected);
  });

  it("also where another state owned it", async () => {
    const owner = await gl.TrainState.create({ params: tree(1), tx: gl.sgd(0.1), engine });
    const train = await gl.TrainState.create({
      params: owner.params,
      tx: gl.adam(0.1),
      engine,
      adopt: true,
    });
    owner.dispose();
    await expect(train.applyGradients(first as never)).rejects.toMatchObject({ code: "DETACHED_MEMORY" });
    expect(train.step).toBe(0);
  });
});

it("memory of the state itself that was destroyed is not read as zeros", async () => {
  const train = await gl.TrainState.create({ params: tree(1), tx: gl.adam(0.1), engine });
  train.params.long.buffer.destroy();
  await expect(train.readParams()).rejects.toMatchObject({ code: "INTERNAL" });
});
