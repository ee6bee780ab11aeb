import { describe, expect, it } from "vitest";
import { expectRefusal } from "../../../tests/property/refusal.ts";
import { lower } from "../plan/lowering.ts";
import { NODE } from "../plan/node.ts";
import { layoutOf } from "../pytree/layout.ts";
import { numericComputation } from "./computation.ts";
import type { KernelStep } from "./kernel-spec.ts";
import { kernels, slot } from "./kernels.ts";

const tree = { w: new Float32Array(2) };

const planOf = (...steps: KernelStep[]) => {
  const tx = kernels({ name: "mine", state: { mu: slot() }, steps });
  return lower(tx[NODE], layoutOf(tree, "params"), tree).builder;
};

const norm: KernelStep = { reduce: "norm", scope: "tree", as: "norm" };
const scaleBy = (reduced: string): KernelStep => ({
  map: "scale",
  slots: [],
  scalars: { stepSize: { reduced } },
});

describe("a plan is refused", () => {
  it.each<[string, readonly KernelStep[], path: string, name: string]>([
    [
      "a map's slot is no field of the state",
      [{ map: "trace", slots: ["trace"], scalars: { decay: 0.9 } }],
      "mine.trace",
      "trace",
    ],
    [
      "a leafwise kernel's slot is no field of the state",
      [{ leafwise: "galore_project_back", slots: ["projector"], scalars: { scale: 1 } }],
      "mine.galore_project_back",
      "projector",
    ],
    [
      "a reduction reads no field of the state",
      [{ reduce: "dot", slots: { x: "nu" }, scope: "leaf", as: "dot" }],
      "mine.dot",
      "nu",
    ],
    ["a scalar is no result of a reduction", [norm, scaleBy("nrom")], "mine.scale", "nrom"],
    ["the reduction comes after it", [scaleBy("norm"), norm], "mine.scale", "norm"],
    [
      "host code does not assign it",
      [{ compute: () => ({}), assigns: ["rate"] }, scaleBy("rat")],
      "mine.scale",
      "rat",
    ],
  ])("where %s", (_, steps, path, name) => {
    expectRefusal(() => planOf(...steps), { code: "INTERNAL", path });
    expect(() => planOf(...steps)).toThrow(`has the name ${name}.`);
  });
});

it("a plan has a register for each reduction and each value that host code assigns", () => {
  const compute = () => ({});
  const { registers } = planOf(
    norm,
    { compute, assigns: ["rate", "norm"] },
    scaleBy("norm"),
    scaleBy("rate"),
  );
  expect(registers).toBe(2);
});

describe("host code is refused", () => {
  const binding = {
    hooks: { name: "mine", key: "" },
    path: [],
    leaves: [0],
    firstScalar: 0,
    registers: new Map([["rate", 3]]),
    buffers: new Map(),
  };
  const set: number[][] = [];
  const program = {
    scalars: new Float64Array(),
    bindings: [],
    register: () => 7,
    setRegister: (...values: number[]) => set.push(values),
  };
  const on = numericComputation({}, binding, { extra: () => undefined } as never, {
    program,
    params: undefined,
    extra: undefined,
    at: Number,
  });

  it("where it assigns a value that its step does not name", () => {
    on.assign("rate", 0, 0.5);
    expectRefusal(() => on.assign("raet", 0, 0.5), { code: "INTERNAL", path: "mine" });
    expect(set).toEqual([[3, 0, 0.5]]);
  });

  it("where it reads a result that no reduction finds", () => {
    expect(on.reduced("rate")).toBe(7);
    expectRefusal(() => on.reduced("raet"), { code: "INTERNAL", path: "mine" });
  });
});
