import { describe, expect, it } from "vitest";
import { byPath } from "../../conformance/trees.ts";
import { gl } from "../engine.ts";
import { arraysOf, gradients, type Tree, tree } from "../trees.ts";
import { gradsOnDevice, onCpu, onDevice, requestDevice, upload, withSlices } from "./device.ts";

const device = await requestDevice();
const engine = await gl.gpu.webgpu({ device });
const tx = () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-2, { weightDecay: 0.1 }));
const steps = gradients(3);

/** Lists the numbers of a tree by leaf, whether or not its leaves have a shape. */
const numbers = (params: unknown) => arraysOf(params as Tree).map((array) => [...array]);

describe("gradients in buffers of the caller's", () => {
  const ways: Record<string, object> = {
    "one buffer per leaf": {},
    "one buffer for all": { together: true },
    "at offsets that cannot be bound": { together: true, gap: 4 },
    "in buffers for copies only": { usage: 0x04 | 0x08 },
  };
  for (const [name, options] of Object.entries(ways)) {
    it(`${name}: the bits of the CPU`, async () => {
      const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
      for (const grads of steps) await train.applyGradients(gradsOnDevice(device, grads, options));
      expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
    });
  }

  it("in turn with typed arrays, and with those in the arena", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
    const [first, second, third] = steps as [Tree, Tree, Tree];
    await train.applyGradients(first);
    await train.applyGradients(gradsOnDevice(device, second));
    const { dense, scale, long } = train.grads;
    for (const [slice, array] of [
      [dense.kernel, third.dense.kernel.data],
      [dense.bias, third.dense.bias],
      [scale, third.scale.data],
      [long, third.long],
    ] as const) {
      device.queue.writeBuffer(slice.buffer, slice.offset, array as Float32Array<ArrayBuffer>);
    }
    await train.applyGradients();
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), steps)));
  });

  it("in the state's own room, given back to it", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
    const [first] = steps as [Tree];
    await train.applyGradients(first);
    await train.applyGradients(train.grads);
    const encoder = device.createCommandEncoder();
    train.record(encoder, train.grads);
    device.queue.submit([encoder.finish()]);
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(tx(), [first, first, first])));
  });

  it("of a step that failed are not seen by the next", async () => {
    let fails = false;
    const failing = () => gl.sgd(() => (fails ? Number.NaN : 0.1));
    const train = await gl.TrainState.create({ params: tree(1), tx: failing(), engine });
    const [first, second] = steps as [Tree, Tree];
    await train.applyGradients(first);
    fails = true;
    const copied = gradsOnDevice(device, second, { together: true, gap: 4 });
    await expect(train.applyGradients(copied)).rejects.toMatchObject({ code: "INVALID_HYPERPARAMETER" });
    fails = false;
    await train.applyGradients();
    expect(byPath(await train.snapshot())).toEqual(byPath(onCpu(failing(), [first, first])));
  });

  it("that do not fit are refused, and nothing has changed", async () => {
    const train = await gl.TrainState.create({ params: tree(1), tx: tx(), engine });
    const good = gradsOnDevice(device, tree(2));
    const small = { ...good, long: { ...good.long, size: 16 } };
    await expect(train.applyGradients(small)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      path: "grads.long",
    });
    const odd = { ...good, long: { ...good.long, offset: 2 } };
    await expect(train.applyGradients(odd)).rejects.toMatchObject({ path: "grads.long" });
    const { long, ...rest } = good;
    await expect(train.applyGradients({ ...rest, other: long } as never)).rejects.toMatchObject({
      code: "STRUCTURE_MISMATCH",
    });
    const mixed = { ...good, long: tree(2).long };
    await expect(train.applyGradients(mixed as never)).rejects.toMatchObject({ path: "grads.long" });
    expect(train.step).toBe(0);
  });
});

describe("parameters in buffers of the caller's", () => {
  for (const together of [false, true]) {
    it(`adopted, ${together ? "in one buffer" : "in one each"}: they change in place`, async () => {
      const params = onDevice(device, tree(1), { together });
      const train = await gl.TrainState.create({ params, tx: tx(), engine, adopt: true });
      expect(train.params.long.buffer).toBe(params.long.buffer);
      for (const [i, grads] of steps.entries()) {
        await train.applyGradients(i === 1 ? (grads as never) : gradsOnDevice(device, grads));
      }
      const expected = onCpu(tx(), steps);
      expect(numbers(await train.readParams())).toEqual(numbers(expected.params));
      expect(byPath((await train.snapshot()).optState)).toEqual(byPath(expected.optState));
    });
  }

  it("copied: the caller's stay as they are", async () => {
    const params = onDevice(device, tree(1), { together: true, gap: 4 });
    const train = await gl.TrainState.create({ params, tx: tx(), engine });
    for (const grads of steps) await train.applyGradients(gradsOnDevice(device, grads));
    expect(numbers(await train.readParams())).toEqual(numbers(onCpu(tx(), steps).params));
    const again = await gl.TrainState.create({ params, tx: tx(), engine });
    expect(numbers(await again.readParams())).toEqual(numbers(tree(1)));
  });

  it("and gradients in the same buffer: these are copied", async () => {
    const all = upload(device, [...arraysOf(tree(1)), ...arraysOf(steps[0] as Tree)], { together: true });
    const shapes = [[33, 70], [70], [], [0], [5000]];
    const params = withSlices(
      all.slice(0, 5).map((slice, i) => ({ ...slice, shape: shapes[i] as number[] })),
    );
    const train = await gl.TrainState.create({ params, tx: tx(), engine, adopt: true });
    await train.applyGradients(withSlices(all.slice(5)));
    expect(numbers(await train.readParams())).toEqual(numbers(onCpu(tx(), steps.slice(0, 1)).params));
  });

  it("a state that begins with the parameters reads them", async () => {
    const train = await gl.TrainState.create({
      params: onDevice(device, tree(1)),
      tx: gl.contrib.dog(),
      engine,
    });
    await train.applyGradients(gradsOnDevice(device, tree(2)));
    const { optState } = await train.snapshot();
    expect(numbers(optState[1].initParams)).toEqual(numbers(tree(1)));
  });

  it("that overlap, are not aligned or do not say their shape are refused", async () => {
    const params = onDevice(device, tree(1), { together: true });
    const create = (changed: object, adopt = true) =>
      gl.TrainState.create({ params: { ...params, ...changed }, tx: tx(), engine, adopt });
    await expect(create({ long: { ...params.dense.kernel, shape: [70] } })).rejects.toMatchObject({
      code: "OVERLAPPING_MEMORY",
    });
    await expect(
      create({ scale: { ...params.scale, offset: (params.scale.offset ?? 0) + 4 } }),
    ).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      path: "params.scale",
    });
    await expect(create({ long: { ...params.long, shape: undefined } })).rejects.toMatchObject({
      path: "params.long",
    });
    await expect(create({ long: { ...params.long, dtype: "float64" } })).rejects.toMatchObject({
      code: "DTYPE_MISMATCH",
    });
  });
});
