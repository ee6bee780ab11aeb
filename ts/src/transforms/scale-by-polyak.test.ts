import { expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import { expectRefusal } from "../../../tests/property/refusal.ts";

const grads = { w: new Float32Array([1, 2]) };

it("names the extra argument that is missing, and changes nothing", () => {
  const train = gl.TrainState.create({ params: { w: new Float32Array([3, 4]) }, tx: gl.polyakSgd() });
  const missing = { code: "EXTRA_ARGUMENT_REQUIRED", path: "scaleByPolyak.value" };
  expectRefusal(
    () => train.applyGradients(grads),
    missing,
    () => train.params,
  );
  expectRefusal(
    () => train.applyGradients(grads, { value: "1" }),
    missing,
    () => train.params,
  );
  const tx = gl.scaleByPolyak();
  expectRefusal(() => tx.update(grads, tx.init(grads), grads, { loss: 1 }), missing);
});

it("refuses a value that is not finite", () => {
  const tx = gl.scaleByPolyak();
  const step = (value: number) => () => tx.update(grads, tx.init(grads), grads, { value });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
    expectRefusal(step(value), { code: "INVALID_HYPERPARAMETER", path: "scaleByPolyak.value" });
});

it("takes no bound on the step", () => {
  const tx = gl.scaleByPolyak({ maxLearningRate: Number.POSITIVE_INFINITY });
  const [updates] = tx.update(grads, tx.init(grads), grads, { value: 50 });
  expect(updates.w).toEqual(new Float32Array([10, 20]));
});
