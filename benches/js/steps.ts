import { loadavg } from "node:os";
import Table from "cli-table3";
import * as gl from "../../ts/src/entry/node.ts";
import { interleave } from "./interleave.ts";
import { PlainAdamw } from "./plain-adamw.ts";

const LEARNING_RATE = 1e-3;
const WEIGHT_DECAY = 1e-2;
const SIZES = [1_000, 100_000, 1_000_000, 10_000_000];
const LEAVES = [1, 100];
/** The bytes that AdamW moves per parameter: it reads p, g, mu, nu and writes p, mu, nu. */
const BYTES = 28;

const tx = gl.adamw(LEARNING_RATE, { weightDecay: WEIGHT_DECAY });

const fill = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(seed + i * 0.7) * 0.1);

const assertClose = (name: string, got: readonly Float32Array[], want: readonly Float32Array[]): void => {
  got.forEach((array, leaf) => {
    array.forEach((x, i) => {
      const y = want[leaf]?.[i] as number;
      if (!(Math.abs(x - y) <= 1e-5 * (1 + Math.abs(y)))) {
        throw new Error(`${name} differs from the plain loop at leaf ${leaf}, element ${i}: ${x}, not ${y}`);
      }
    });
  });
};

const engines = {
  "native, 1 thread": gl.nativeEngine({ threads: 1 }),
  native: gl.nativeEngine(),
  wasm: gl.wasmEngine(),
};

const measure = async (size: number, leaves: number): Promise<string[]> => {
  const params = Array.from({ length: leaves }, (_, i) => fill(size / leaves, i));
  const grads = params.map((p, i) => fill(p.length, i + 1000));
  const plain = new PlainAdamw(params);
  const states = Object.entries(engines).map(([name, engine]) => {
    const train = gl.TrainState.create({ params, tx, engine });
    train.grads.forEach((view, i) => {
      view.set(grads[i] as Float32Array);
    });
    return { name, train };
  });
  for (let i = 0; i < 3; i++) {
    plain.step(grads, LEARNING_RATE, WEIGHT_DECAY);
    for (const { train } of states) train.applyGradients();
  }
  for (const { name, train } of states) assertClose(name, train.params, plain.params);

  const timings = await interleave([
    { name: "plain", run: () => plain.step(grads, LEARNING_RATE, WEIGHT_DECAY) },
    ...states.map(({ name, train }) => ({ name, run: () => train.applyGradients() })),
  ]);
  for (const { train } of states) train.dispose();
  const base = timings.get("plain")?.median as number;
  const rows = states.map(({ name }) => {
    const { median } = timings.get(name) as { median: number };
    const gigabytes = ((BYTES * size) / median / 1e3).toFixed(1);
    return `${median.toFixed(1)} µs  ${(base / median).toFixed(1)}×  ${gigabytes} GB/s`;
  });
  return [size.toLocaleString("en"), String(leaves), `${base.toFixed(1)} µs`, ...rows];
};

const table = new Table({
  head: ["parameters", "leaves", "plain loop", ...Object.keys(engines)],
  style: { head: [] },
});
for (const size of SIZES) for (const leaves of LEAVES) table.push(await measure(size, leaves));

const described = Object.entries(engines).map(([name, { description }]) => `${name}: ${description}`);
console.log(
  `adamw, f32, one in-place step; median of interleaved rounds, × is the plain loop's time over it`,
);
console.log(`${described.join("; ")}; load ${loadavg()[0]?.toFixed(1)}`);
console.log(table.toString());
