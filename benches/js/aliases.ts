import { loadavg } from "node:os";
import Table from "cli-table3";
import * as gl from "../../ts/src/entry/node.ts";
import * as optimizers from "../../ts/src/optimizers/index.ts";
import { signatureOf } from "../../ts/src/plan/define.ts";
import { lower } from "../../ts/src/plan/lowering.ts";
import { NODE } from "../../ts/src/plan/node.ts";
import { DTYPES } from "../../ts/src/pytree/dtype.ts";
import { layoutOf } from "../../ts/src/pytree/layout.ts";
import { interleave } from "./interleave.ts";

const SHAPE = [1000, 1000];
const SIZE = 1_000_000;
/** Reads g and p, writes p. */
const BYTES_WITHOUT_STATE = 12;

type Optimizer = (...args: unknown[]) => gl.Transformation;

const params = {
  w: gl.tensor(
    Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i)),
    SHAPE,
  ),
};

/** Optimizers that a number alone makes; those driven by a function of the parameters are left to their users' functions. */
const all = Object.entries({ ...optimizers, ...gl.contrib }).flatMap(
  ([name, value]): [string, gl.Transformation][] => {
    const positional = Object.keys(signatureOf(value)?.positional ?? {});
    const takesRate = positional.length === 1 && /learningRate$/i.test(positional[0] as string);
    return takesRate && !/lbfgs|sophia|polyak|momo|scaleBy|galore/i.test(name)
      ? [[name, (value as Optimizer)(1e-3)]]
      : [];
  },
);

/** Bytes that one parameter moves at least: its gradient, itself, and all state like it, read and written. */
const bytesOf = (tx: gl.Transformation): number => {
  const { slots } = lower(tx[NODE], layoutOf(params, "params"), params).builder;
  const perSlot = slots.map(({ dtype, shapes }) => {
    const bytes = Object.values(DTYPES).find(({ code }) => code === dtype)?.bytes ?? 4;
    const kept = shapes?.[0]?.reduce((a, b) => a * b, 1) ?? SIZE;
    return (2 * bytes * kept) / SIZE;
  });
  return BYTES_WITHOUT_STATE + perSlot.reduce((a, b) => a + b, 0);
};

const contender = (name: string, tx: gl.Transformation) => {
  const train = gl.TrainState.create({ params, tx });
  train.grads.w.data.set(params.w.data);
  return { name, run: () => train.applyGradients(), train };
};

const table = new Table({ head: ["optimizer", "bytes", "µs a step", "of the stream"], style: { head: [] } });
for (const [name, tx] of all) {
  const stream = contender("stream", gl.identity());
  const own = contender(name, tx);
  const timings = interleave([stream, own]);
  const [reference, step] = [timings.get("stream")?.median as number, timings.get(name)?.median as number];
  const bytes = bytesOf(tx);
  const fraction = bytes / step / (BYTES_WITHOUT_STATE / reference);
  table.push([name, bytes.toFixed(1), step.toFixed(0), fraction.toFixed(2)]);
  stream.train.dispose();
  own.train.dispose();
}

console.log(
  `\nEvery optimizer, f32, 1 M parameters as a ${SHAPE.join(" × ")} matrix; ${gl.getEngine().description}.`,
);
console.log(
  "bytes: what a parameter moves at least. of the stream: their rate over that of p += g, in interleaved rounds.",
);
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
console.log(table.toString());
