import { describe, expect, it } from "vitest";
import { store } from "../../../ts/src/pytree/operand.ts";
import { gl } from "../engine.ts";
import { requestDevice } from "./device.ts";

const device = await requestDevice();
const engine = await gl.gpu.webgpu({ device });

const STORAGES = ["float16", "bfloat16"] as const;

const numbers = (size: number, seed: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7 + seed));

/** Makes a buffer of packed halves; the last word may be half used. */
const packed = (array: Float32Array, dtype: (typeof STORAGES)[number]): GPUBuffer => {
  const words = store(array, dtype);
  const bytes = new Uint8Array(Math.ceil(words.byteLength / 4) * 4);
  bytes.set(new Uint8Array(words.buffer));
  const buffer = device.createBuffer({ size: bytes.length, usage: 0x80 | 0x08 | 0x04 });
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
};

describe("halves in buffers of the caller's give what halves in the state's own memory give", () => {
  for (const dtype of STORAGES) {
    for (const grads of STORAGES) {
      for (const adopt of [true, false]) {
        it(`parameters in ${dtype}, ${adopt ? "adopted" : "copied"}, gradients in ${grads}`, async () => {
          const [w, b] = [numbers(2049, 1), numbers(7, 2)];
          const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adamw(0.1));
          const own = await gl.TrainState.create({
            params: { w, b },
            tx,
            engine,
            storage: { params: dtype, grads },
          });
          const params = {
            w: { buffer: packed(w, dtype), shape: [2049], dtype },
            b: { buffer: packed(b, dtype), shape: [7], dtype },
          };
          const lent = await gl.TrainState.create({ params, tx, engine, adopt, storage: { grads } });
          for (const seed of [3, 4, 5]) {
            const [gw, gb] = [numbers(2049, seed), numbers(7, -seed)];
            await own.applyGradients({ w: gw, b: gb });
            await lent.applyGradients({
              w: { buffer: packed(gw, grads), dtype: grads },
              b: { buffer: packed(gb, grads) },
            });
          }
          expect(await lent.readParams()).toEqual(await own.readParams());
          expect((await lent.snapshot()).optState).toEqual((await own.snapshot()).optState);
          expect(lent.params.w.dtype).toBe(dtype);
        });
      }
    }
  }

  it("gradients of another storage than was said are refused", async () => {
    const train = await gl.TrainState.create({ params: { w: numbers(8, 1) }, tx: gl.sgd(1), engine });
    const w = { buffer: packed(numbers(8, 1), "float16"), dtype: "float16" as const };
    await expect(train.applyGradients({ w })).rejects.toMatchObject({
      code: "DTYPE_MISMATCH",
      path: "grads.w",
    });
    expect(train.step).toBe(0);
  });
});
