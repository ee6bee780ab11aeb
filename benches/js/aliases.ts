import { availableParallelism, loadavg } from "node:os";
import Table from "cli-table3";
import { signatureOf } from "../../ts/src/define.ts";
import * as gl from "../../ts/src/entry/node.ts";
import * as optimizers from "../../ts/src/optimizers/index.ts";
import { lower } from "../../ts/src/plan/lowering.ts";
import { NODE } from "../../ts/src/plan/node.ts";
import type { Phase } from "../../ts/src/plan/step.ts";
import { layoutOf } from "../../ts/src/pytree/layout.ts";
import { interleave, speedOf, type Timing } from "./interleave.ts";
import { Reference, type Traffic } from "./reference.ts";

const SHAPE = [1000, 1000];
const SIZE = 1_000_000;

type Optimizer = (...args: unknown[]) => gl.Transformation;

const params = {
  w: gl.tensor(
    Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i)),
    SHAPE,
  ),
};

/** The options of optimizers that need some; without a line search, because its time is that of the objective. */
const OPTIONS: Readonly<Record<string, object>> = { lbfgs: { linesearch: null } };

/** The optimizers left out: GaLore's projections are host code, which the plan does not describe. */
const HOST_CODE = ["galore"];

/** The extra arguments of every step. */
const EXTRA = { value: 1 };

/** The optimizers that need at most a learning rate, by name; names with `scaleBy` are transformations. */
const all = Object.entries({ ...optimizers, ...gl.contrib }).flatMap(
  ([name, value]): [string, gl.Transformation][] => {
    const { positional, fields } = signatureOf(value) ?? { positional: {}, fields: {} };
    const required = Object.keys(positional);
    const isOptimizer = name in optimizers || required.includes("learningRate");
    const takesOthers = required.some((argument) => argument !== "learningRate");
    if (!isOptimizer || takesOthers || name.startsWith("scaleBy") || HOST_CODE.includes(name)) return [];
    const options = Object.keys(fields).length > 0 ? [OPTIONS[name] ?? {}] : [];
    return [[name, (value as Optimizer)(...required.map(() => 1e-3), ...options)]];
  },
);

/** Returns the least speed that a step should have, as a fraction of the reference's. */
const targetOf = (phases: readonly Phase[], { products }: Traffic): number => {
  if (products > 0) return 1 / 1.5;
  const isElementwise = phases.every(({ steps }) => steps.every(({ step }) => "map" in step));
  return isElementwise ? 0.7 : 0.5;
};

/** Tells whether a step runs with numbers alone: some transformations ask for functions of the parameters. */
const runsWithNumbers = (step: () => void): boolean => {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof gl.GradloomError && error.code === "EXTRA_ARGUMENT_REQUIRED") return false;
    throw error;
  }
};

/** The names on the command line; without any, all optimizers are timed. */
const names = process.argv.slice(2);
const unknown = names.find((name) => !all.some(([known]) => known === name));
if (unknown !== undefined) throw new Error(`no optimizer of this table is called ${unknown}`);
const chosen = names.length === 0 ? all : all.filter(([name]) => names.includes(name));
const rounds = (name: string): number => (["muon", "lbfgs"].includes(name) ? 3 : 15);

const reference = new Reference(SIZE, availableParallelism());
const table = new Table({
  head: ["optimizer", "bytes", "passes", "µs a step", "reference", "of the reference", "target", ""],
  style: { head: [] },
});
const leftOut: string[] = [...HOST_CODE];
for (const [name, tx] of chosen) {
  const train = gl.TrainState.create({ params, tx });
  train.grads.w.data.set(params.w.data);
  const run = () => train.applyGradients(train.grads, EXTRA);
  if (runsWithNumbers(run)) {
    const { builder } = lower(tx[NODE], layoutOf(params, "params"), params);
    const traffic = await reference.plan(builder.encode("apply"));
    const timings = await interleave(
      [
        { name: "plain", time: (calls) => reference.time(calls) },
        { name, run },
      ],
      rounds(name),
    );
    const [plain, step] = [timings.get("plain") as Timing, timings.get(name) as Timing];
    const [fraction, target] = [speedOf(step, plain), targetOf(builder.phases, traffic)];
    const times = [step, plain].map(({ median }) => median.toFixed(0));
    const verdict = fraction >= target ? "reached" : "missed";
    table.push([
      ...[name, traffic.bytes, traffic.passes, ...times],
      ...[fraction.toFixed(2), target.toFixed(2), verdict],
    ]);
  } else {
    leftOut.push(name);
  }
  train.dispose();
}
reference.close();

console.log(
  `\nEvery optimizer, f32, 1 M parameters as a ${SHAPE.join(" × ")} matrix; ${gl.getEngine().description}.`,
);
console.log(
  "bytes, passes: what a parameter moves where each walk of a step, kernels done again included, reads and writes an array once; a walk",
);
console.log(
  "ends where a norm must be known or a kernel sees whole leaves, and goes on with the kernels after that one.",
);
console.log(
  "reference: plain Rust loops of our own over as many arrays, read and written in as many walks by as many threads, nothing computed;",
);
console.log(
  "for muon and lbfgs also their products, by the crate called directly on one thread, and for noisySgd as many normal numbers from rand_distr and ChaCha8.",
);
console.log("Medians of interleaved rounds, also of their ratios.");
console.log(
  "target: 0.70 where all is elementwise, 0.50 with norms or leafwise kernels, and with products 1.5 times the crate's time.",
);
console.log(`left out, as they call functions of yours or run on the host: ${leftOut.join(", ")}`);
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
console.log(table.toString());
