import { describe, expect, it } from "vitest";
import { layoutOf } from "../pytree/layout.ts";
import { PlanBuilder } from "./builder.ts";
import { Scope } from "./scope.ts";

const tree = { a: new Float32Array(2), b: new Float32Array(3), c: new Float32Array(1) };

const start = () => {
  const builder = new PlanBuilder(layoutOf(tree, "params"), tree);
  return { builder, scope: new Scope(builder, [0, 1, 2], ["state"]) };
};

const scale = { map: "scale", slots: {}, scalars: {} };
const decoded = (builder: PlanBuilder) =>
  JSON.parse(new TextDecoder().decode(builder.encode("apply"))) as { phases: object[]; slots: object[] };

describe("a plan in the making", () => {
  it("has each set of leaves once", () => {
    const { builder, scope } = start();
    expect([[0, 1], [1], [0, 1]].map((leaves) => builder.set(leaves))).toEqual([0, 1, 0]);
    scope.narrow((leaf) => leaf === 1).step(scale);
    expect(builder.phases[0]?.steps.map(({ step }) => step)).toEqual([{ ...scale, set: 1 }]);
  });

  it("has no instruction for a scope without leaves", () => {
    const { builder, scope } = start();
    scope.narrow(() => false).step(scale);
    expect(builder.phases[0]?.steps).toEqual([]);
  });

  it("gives the hooks of a transformation scalars after those of the one before", () => {
    const { builder, scope } = start();
    const hooks = { name: "mine", key: "mine" };
    scope.bind(hooks, 2);
    scope.at("inner").bind(hooks, 1);
    expect(builder.bindings.map(({ firstScalar, path }) => [firstScalar, path])).toEqual([
      [0, ["state"]],
      [2, ["state", "inner"]],
    ]);
    expect(builder.main.bindings).toEqual([0, 1]);
    expect(builder.scalars).toBe(3);
  });

  it("stores u before host code that sees arrays, and ends where it is asked to", () => {
    const { builder, scope } = start();
    scope.step(scale);
    scope.hostCall(scope.bind({ name: "mine", key: "mine" }), true);
    scope.step(scale);
    expect(decoded(builder).phases).toEqual([
      { input: "grads", output: "updates", steps: [{ ...scale, set: 0 }] },
      { input: "updates", output: "apply", steps: [{ ...scale, set: 0 }] },
    ]);
    const [phase, call, next] = builder.main.sequence;
    expect([phase, next]).toEqual([0, 1]);
    expect(call).toMatchObject({ binding: 0, arrays: true, branches: [] });
  });

  it("makes a phase for each branch of a switch, and one for what follows", () => {
    const { builder, scope } = start();
    const binding = scope.bind({ name: "mine", key: "mine" });
    scope.hostCall(binding, false, true, [() => scope.step(scale), () => undefined]);
    expect(decoded(builder).phases).toEqual([
      { input: "grads", output: "updates", steps: [] },
      { input: "updates", output: "updates", steps: [{ ...scale, set: 0 }] },
      { input: "updates", output: "updates", steps: [] },
      { input: "updates", output: "apply", steps: [] },
    ]);
    const [, call, after] = builder.main.sequence;
    expect(after).toBe(3);
    expect(call).toMatchObject({ branches: [{ sequence: [1] }, { sequence: [2] }] });
  });

  it("writes the storage of a slot only where it differs from the leaves'", () => {
    const { builder, scope } = start();
    scope.slot({ initial: 0 });
    scope.slot({ initial: 0, dtype: "float32" });
    scope.slot({ initial: 0, dtype: "bfloat16" });
    expect(decoded(builder).slots).toEqual([{ set: 0 }, { set: 0 }, { set: 0, dtype: "bf16" }]);
    expect(builder.places.map(({ buffer }) => buffer)).toEqual([3, 4, 5]);
  });
});
