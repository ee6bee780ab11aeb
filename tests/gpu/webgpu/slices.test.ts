import { describe, expect, it } from "vitest";
import { gl } from "../engine.ts";
import { requestDevice } from "./device.ts";

const device = await requestDevice();
const engine = await gl.gpu.webgpu({ device });
const [COPY_SRC, COPY_DST, STORAGE] = [0x04, 0x08, 0x80];

const numbers = (...values: number[]) => new Float32Array(values);

/** Makes a buffer and a slice of it. */
const slice = (values: number[], { offset = 0, usage = STORAGE | COPY_SRC | COPY_DST } = {}) => {
  const buffer = device.createBuffer({ size: 1024, usage });
  device.queue.writeBuffer(buffer, offset, numbers(...values));
  return { buffer, offset };
};

const create = (params: unknown, options = {}) =>
  gl.TrainState.create({ params, tx: gl.sgd(1), engine, ...options } as never) as unknown as Promise<
    gl.WebGpuTrainState<Record<string, Float32Array>, unknown>
  >;

describe("gradients that lie in the state's own room in part", () => {
  it("stay there, and the others are copied to them", async () => {
    const train = await create({ a: numbers(0), b: numbers(0) });
    await train.applyGradients({ a: numbers(1), b: numbers(1) });
    await train.applyGradients({ a: train.grads.a, b: slice([5], { offset: 4 }) } as never);
    expect(await train.readParams()).toEqual({ a: numbers(-2), b: numbers(-6) });
    const encoder = device.createCommandEncoder();
    train.record(encoder, { a: train.grads.a, b: slice([7], { offset: 4 }) } as never);
    device.queue.submit([encoder.finish()]);
    expect(await train.readParams()).toEqual({ a: numbers(-3), b: numbers(-13) });
  });

  it("must be those of their own leaf", async () => {
    const train = await create({ a: numbers(0), b: numbers(0) });
    await train.applyGradients({ a: numbers(1), b: numbers(2) });
    const { a, b } = train.grads;
    const swapped = { a: b, b: slice([5], { offset: 4 }) } as never;
    const expected = { code: "OVERLAPPING_MEMORY", path: "grads.a" };
    await expect(train.applyGradients(swapped)).rejects.toMatchObject(expected);
    expect(() => train.record(device.createCommandEncoder(), swapped)).toThrow(
      expect.objectContaining(expected),
    );
    await train.applyGradients({ a: a, b: b } as never);
    expect(await train.readParams()).toEqual({ a: numbers(-2), b: numbers(-4) });
  });
});

describe("slices that do not fit", () => {
  it("gradients of another shape", async () => {
    const train = await create({ a: gl.tensor(numbers(1, 2, 3, 4, 5, 6), [2, 3]) });
    const given = { a: { ...slice([1, 2, 3, 4, 5, 6]), shape: [3, 2] } };
    const expected = { code: "SHAPE_MISMATCH", path: "grads.a" };
    await expect(train.applyGradients(given as never)).rejects.toMatchObject(expected);
    expect(() => train.record(device.createCommandEncoder(), given as never)).toThrow(
      expect.objectContaining(expected),
    );
    await train.applyGradients({ a: { ...given.a, shape: [2, 3] } } as never);
    expect(train.step).toBe(1);
  });

  it("gradients of types that are none", async () => {
    const train = await create({ a: numbers(1) });
    for (const dtype of ["int8", "toString"]) {
      await expect(train.applyGradients({ a: { ...slice([1]), dtype } } as never)).rejects.toMatchObject({
        code: "DTYPE_MISMATCH",
        path: "grads.a",
      });
    }
  });

  it("shapes that are none", async () => {
    for (const shape of [3, "3", undefined, [0.5]]) {
      await expect(create({ a: { ...slice([1]), shape } })).rejects.toMatchObject({
        code: "SHAPE_MISMATCH",
        path: "params.a",
      });
    }
  });

  it("typed arrays in recorded commands", async () => {
    const train = await create({ a: numbers(1) });
    expect(() => train.record(device.createCommandEncoder(), { a: numbers(1) } as never)).toThrow(
      expect.objectContaining({ code: "INVALID_TREE", path: "grads" }),
    );
  });

  it("are named as they stand in the tree", async () => {
    const leaf = { ...slice([1, 2], { offset: 4 }), shape: [2] };
    for (const [params, path] of [
      [leaf, "params"],
      [[leaf], "params[0]"],
      [{ a: leaf }, "params.a"],
    ] as const) {
      await expect(create(params, { adopt: true })).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        path,
        remedy: "Choose an offset that is a multiple of 256, or leave out adopt to copy parameters.",
      });
    }
  });

  it("other types than were asked for", async () => {
    const params = { a: { ...slice([1]), shape: [2], dtype: "bfloat16" } };
    await expect(create(params, { storage: { params: "float32" } })).rejects.toMatchObject({
      code: "DTYPE_MISMATCH",
      path: "TrainState.create.storage.params",
    });
  });
});

describe("slices that do fit", () => {
  it("nothing overlaps with a leaf of no numbers", async () => {
    const { buffer } = slice([1, 2, 3]);
    const params = { a: { buffer, shape: [100] }, none: { buffer, offset: 256, shape: [0] } };
    const train = await create(params, { adopt: true });
    expect((await train.readParams()).none).toEqual(numbers());
  });

  it("parameters that are copied need only be copied", async () => {
    const params = { a: { ...slice([3], { usage: COPY_SRC | COPY_DST }), shape: [1] } };
    expect(await (await create(params)).readParams()).toEqual({ a: numbers(3) });
    await expect(create(params, { adopt: true })).rejects.toMatchObject({ path: "params.a" });
  });

  it("nothing is a slice for having a key called buffer", async () => {
    const train = await create({ buffer: null, w: numbers(1) });
    await train.applyGradients({ buffer: null, w: numbers(1) } as never);
    expect((await train.readParams()).w).toEqual(numbers(0));
  });

  it("adopted parameters are read back by one submit", async () => {
    const params: Record<string, object> = {};
    for (let i = 0; i < 20; i++) params[`w${i}`] = { ...slice([i, -i]), shape: [2] };
    const train = await create(params, { adopt: true });
    const { submit } = device.queue;
    let submits = 0;
    device.queue.submit = (commands) => {
      submits += 1;
      return submit.call(device.queue, commands);
    };
    const read = await train.readParams();
    device.queue.submit = submit;
    expect(submits).toBe(1);
    for (let i = 0; i < 20; i++) expect(read[`w${i}`]).toEqual(numbers(i, -i));
  });
});

describe("masks of parameters on the device", () => {
  const params = () => ({ w: { ...slice([5]), shape: [1] }, k: { ...slice([1, 2]), shape: [2, 1] } });

  // biome-ignore lint/suspicious/noExplicitAny: masks see whatever tree there is
  const masked = (mask: (tree: any) => unknown) => ({ tx: gl.masked(gl.sgd(1), mask as never) });

  it("may depend on shapes and lengths", async () => {
    const seen: unknown[] = [];
    const options = masked(({ w, k }) => {
      seen.push(w.length, w instanceof Float32Array, w.shape, k.shape, k.data.length);
      return { w: w.data !== undefined, k: k.data !== undefined };
    });
    const train = await create(params(), options);
    expect(seen).toEqual([1, true, undefined, [2, 1], 2]);
    await train.applyGradients({ w: numbers(1), k: gl.tensor(numbers(1, 1), [2, 1]) } as never);
    expect(await train.readParams()).toEqual({ w: numbers(6), k: { data: numbers(0, 1), shape: [2, 1] } });
  });

  it("cannot depend on values", async () => {
    for (const [mask, path] of [
      [({ w }) => ({ w: w[0] > 0, k: true }), "params.w"],
      [({ k }) => ({ w: true, k: k.data.some((x: number) => x > 0) }), "params.k"],
      [({ k }) => ({ w: true, k: Math.max(...k.data) > 0 }), "params.k"],
      // biome-ignore lint/suspicious/noExplicitAny: as above
    ] as [(tree: any) => unknown, string][]) {
      await expect(create(params(), masked(mask))).rejects.toMatchObject({ code: "UNSUPPORTED", path });
    }
  });
});

describe("integers beside slices", () => {
  it("stay on the host, as they are", async () => {
    const given = { count: Int32Array.of(7), w: { ...slice([3, 4]), shape: [2] } };
    for (const adopt of [false, true]) {
      const train = await create(given, { adopt });
      expect(train.params.count).toEqual(Int32Array.of(7));
      expect(train.grads.count).toBeNull();
      await train.applyGradients({ count: null, w: numbers(1, 1) } as never);
      await train.applyGradients({ count: null, w: slice([1, 1]) } as never);
      expect(await train.readParams()).toEqual({ count: Int32Array.of(7), w: numbers(1, 2) });
    }
  });
});
