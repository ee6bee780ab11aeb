import { availableParallelism, loadavg } from "node:os";
import Table from "cli-table3";
import * as gl from "../../ts/src/entry/node.ts";
import * as optimizers from "../../ts/src/optimizers/index.ts";
import { signatureOf } from "../../ts/src/plan/define.ts";
import { lower } from "../../ts/src/plan/lowering.ts";
import { NODE } from "../../ts/src/plan/node.ts";
import { layoutOf } from "../../ts/src/pytree/layout.ts";
import { interleave, speedOf, type Timing } from "./interleave.ts";
import { Reference } from "./reference.ts";

const SHAPE = [1000, 1000];
const SIZE = 1_000_000;

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

/** The names on the command line, or all. */
const names = process.argv.slice(2);
const unknown = names.find((name) => !all.some(([known]) => known === name));
if (unknown !== undefined) throw new Error(`no optimizer of this table is called ${unknown}`);
const chosen = names.length === 0 ? all : all.filter(([name]) => names.includes(name));
const rounds = (name: string): number => (name === "muon" ? 3 : 15);

const reference = new Reference(SIZE, availableParallelism());
const table = new Table({
  head: ["optimizer", "bytes", "passes", "µs a step", "reference", "of the reference"],
  style: { head: [] },
});
for (const [name, tx] of chosen) {
  const { bytes, passes } = await reference.plan(
    lower(tx[NODE], layoutOf(params, "params"), params).builder.encode("apply"),
  );
  const train = gl.TrainState.create({ params, tx });
  train.grads.w.data.set(params.w.data);
  const timings = await interleave(
    [
      { name: "plain", time: (calls) => reference.time(calls) },
      { name, run: () => train.applyGradients() },
    ],
    rounds(name),
  );
  const [plain, step] = [timings.get("plain") as Timing, timings.get(name) as Timing];
  const fraction = speedOf(step, plain).toFixed(2);
  table.push([name, bytes, passes, step.median.toFixed(0), plain.median.toFixed(0), fraction]);
  train.dispose();
}
reference.close();

console.log(
  `\nEvery optimizer, f32, 1 M parameters as a ${SHAPE.join(" × ")} matrix; ${gl.getEngine().description}.`,
);
console.log(
  "bytes, passes: what a parameter must move at least, in so many walks: one ends where a norm must be known or a kernel sees whole leaves.",
);
console.log(
  "reference: plain Rust loops of our own over as many arrays, read and written in as many walks by as many threads, nothing computed;",
);
console.log(
  "for muon also its products, by the crate called directly on one thread. Medians of interleaved rounds, also of their ratios.",
);
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
console.log(table.toString());
