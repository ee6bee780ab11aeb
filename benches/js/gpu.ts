import { loadavg } from "node:os";
import Table from "cli-table3";
import { gpuAddon } from "../../ts/src/engine/native-gpu.ts";
import * as gl from "../../ts/src/entry/node.ts";
import { NativeGpuExecutor } from "../../ts/src/gpu/native.ts";
import type { GpuExecutor } from "../../ts/src/gpu/session.ts";
import { lowered } from "../../ts/src/gpu/webgpu/device.ts";
import { WebGpuExecutor } from "../../ts/src/gpu/webgpu/executor.ts";
import { copiesOn } from "./gpu-copies.ts";
import { type Contender, interleave } from "./interleave.ts";

const MILLION = 1_000_000;
const SIZES = [1, 4, 16, 64, 256, 500].map((millions) => millions * MILLION);
const ROUNDS = 15;
/** The names of software GPUs, on which the benchmark only shows that it runs. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render/i;
const SIZES_IN_SOFTWARE = [MILLION];
const ROUNDS_IN_SOFTWARE = 3;
const STEPS_COMPARED = 3;

/** The optimizers to time, with the bytes that each must move per parameter. */
const subjects = {
  adamw: { tx: () => gl.adamw(1e-3, { weightDecay: 1e-2 }), bytes: 28 },
  "clip + adamw": {
    tx: () => gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-3, { weightDecay: 1e-2 })),
    bytes: 32,
  },
};

/**
 * The bytes that a copied buffer holds per parameter. A copy moves twice as many, so that a whole number of copies moves exactly the
 * bytes of any optimizer above.
 */
const COPIED = 2;
const copiesFor = (bytes: number): number => bytes / 2 / COPIED;
const MOST_COPIES = Math.max(...Object.values(subjects).map(({ bytes }) => copiesFor(bytes)));

/** An engine, and an executor that copies memory on the same GPU. */
interface Device {
  readonly engine: gl.DeviceEngine;
  readonly executor: GpuExecutor;
}

const native = async (): Promise<Device> => ({
  engine: await gl.gpu.native(),
  executor: new NativeGpuExecutor(await gpuAddon().Device.open(undefined, false)),
});

/** The instances of Dawn: they must be referenced for as long as they are used. */
const held: GPU[] = [];

const dawn = async (): Promise<Device> => {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  held.push(gpu);
  const engine = await gl.gpu.webgpu({ gpu, power: "high-performance" });
  const { device, description } = engine;
  const executor = new WebGpuExecutor(device, description, lowered(device, {}));
  return { engine, executor };
};

/** Returns pseudo-random numbers from a fast generator. */
const fill = (length: number, seed: number): Float32Array => {
  const array = new Float32Array(length);
  const period = Math.min(length, 99_991);
  for (let i = 0; i < period; i++) array[i] = Math.sin(seed + i * 0.7) * 0.1;
  for (let done = period; done < length; done *= 2) array.copyWithin(done, 0, Math.min(done, length - done));
  return array;
};

/** Returns the largest difference, relative to 1 + |expected|. */
const difference = (got: Float32Array, expected: Float32Array): number => {
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [got[i] as number, expected[i] as number];
    const off = Math.abs(a - b) / (1 + Math.abs(b));
    if (!(off <= most)) most = off;
  }
  return most;
};

/** Takes some steps on this engine and on the CPU, and expects the same results. Returns the state, ready for more steps. */
const compared = async (tx: gl.GradientTransformation, params: Float32Array, engine: gl.DeviceEngine) => {
  const grads = fill(params.length, 1000);
  const cpu = gl.TrainState.create({ params, tx });
  const train = await gl.TrainState.create({ params, tx, engine });
  try {
    for (let i = 0; i < STEPS_COMPARED; i++) {
      cpu.applyGradients(grads);
      await train.applyGradients(grads);
    }
    const off = difference(await train.readParams(), cpu.params);
    if (!(off <= 1e-5)) throw new Error(`${engine.description} differs from the CPU by ${off}`);
    return { train, off };
  } catch (error) {
    train.dispose();
    throw error;
  } finally {
    cpu.dispose();
  }
};

const measure = async ({ engine, executor }: Device, size: number, rounds: number): Promise<string[][]> => {
  const params = fill(size, 1);
  const copies = await copiesOn(executor, MOST_COPIES, COPIED * size);
  const open: { dispose(): void }[] = [];
  const drained =
    (queue: () => unknown) =>
    async (calls: number): Promise<number> => {
      const start = process.hrtime.bigint();
      for (let i = 0; i < calls; i++) await queue();
      await copies.drain();
      return Number(process.hrtime.bigint() - start) / 1e3 / calls;
    };
  try {
    const contenders: Contender[] = [];
    const differences = new Map<string, number>();
    for (const [name, { tx, bytes }] of Object.entries(subjects)) {
      const { train, off } = await compared(tx(), params, engine);
      open.push(train);
      differences.set(name, off);
      contenders.push({ name: `copy for ${name}`, time: drained(() => copies.copy(copiesFor(bytes))) });
      contenders.push({ name, time: drained(() => train.applyGradients()) });
    }
    const timings = await interleave(contenders, rounds);
    const median = (name: string): number => timings.get(name)?.median as number;
    return Object.entries(subjects).map(([name, { bytes }]) => {
      const [copy, step] = [median(`copy for ${name}`), median(name)];
      const speed = (microseconds: number) => `${((bytes * size) / microseconds / 1e3).toFixed(1)} GB/s`;
      return [
        name,
        `${size / MILLION} M`,
        `${step.toFixed(0)} µs`,
        speed(step),
        speed(copy),
        (copy / step).toFixed(2),
        differences.get(name) === 0 ? "same bits" : (differences.get(name) as number).toExponential(1),
      ];
    });
  } finally {
    for (const train of open) train.dispose();
    copies.close();
  }
};

const doesNotFit = (error: unknown): error is gl.GradloomError =>
  error instanceof gl.GradloomError && ["OUT_OF_MEMORY", "LIMIT_EXCEEDED"].includes(error.code);

const report = async (device: Device, sizes: readonly number[]): Promise<void> => {
  const { description } = device.engine;
  const software = SOFTWARE.test(description);
  console.log(`\n${description}; load ${loadavg()[0]?.toFixed(1)}`);
  if (software) console.log("This GPU is software: its numbers say nothing of hardware.");
  const table = new Table({
    head: ["chain", "parameters", "a step", "moves", "copies move", "of copies", "beside the CPU"],
    style: { head: [], border: [] },
  });
  const chosen = sizes.length > 0 ? sizes : software ? SIZES_IN_SOFTWARE : SIZES;
  let end = "";
  for (const size of chosen) {
    try {
      table.push(...(await measure(device, size, software ? ROUNDS_IN_SOFTWARE : ROUNDS)));
    } catch (error) {
      if (!doesNotFit(error)) throw error;
      end = `${size / MILLION} M parameters do not fit: ${error.message}`;
      break;
    }
  }
  console.log(table.toString());
  if (end) console.log(end);
};

/**
 * Times steps of chosen sizes, or of all that fit, on every GPU engine that runs here.
 *
 * @param swiftShader - the driver of a software GPU, which Dawn gets besides the machine's own: it does not run on every GPU
 */
export const benchGpu = async (sizes: readonly number[], swiftShader: string | undefined): Promise<void> => {
  console.log(
    "adamw and clipByGlobalNorm + adamw, f32: steps queued one after the other, interleaved medians.",
  );
  console.log("Beside them copyBufferToBuffer on the same device, moving as many bytes as a step must.");
  for (const open of [native, dawn]) {
    if (open === dawn && swiftShader) process.env.VK_ADD_DRIVER_FILES ??= swiftShader;
    try {
      await report(await open(), sizes);
    } catch (error) {
      if (!(error instanceof gl.GradloomError) || error.code !== "ENGINE_UNAVAILABLE") throw error;
      console.log(`\n${open.name}: ${error.message}`);
    }
  }
};
