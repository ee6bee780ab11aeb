import { describe, expect, it } from "vitest";
import { StepGuard } from "./step-guard.ts";

const guard = () => new StepGuard(3, { message: "not done.", remedy: "Wait." });
const busy = expect.objectContaining({ code: "STEP_IN_PROGRESS", path: "TrainState", remedy: "Wait." });

describe("a guard of steps", () => {
  it("counts from where training goes on", () => {
    const steps = guard();
    steps.count();
    expect(steps.step).toBe(4);
  });

  it("refuses to begin something during a step, also to dispose, and no longer once it has failed", () => {
    const steps = guard();
    const failing = () =>
      steps.during(() => {
        expect(() => steps.refuseBusy()).toThrow(busy);
        expect(() => steps.dispose()).toThrow(busy);
        throw new Error("failed");
      });
    expect(failing).toThrow("failed");
    steps.refuseBusy();
    steps.refuseDisposed();
  });

  it("refuses it until an asynchronous step is done", async () => {
    const steps = guard();
    let finish = () => {};
    const step = steps.duringAsync(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    expect(() => steps.refuseBusy()).toThrow(busy);
    finish();
    await step;
    steps.refuseBusy();
  });

  it("refuses everything after dispose", () => {
    const steps = guard();
    steps.dispose();
    expect(() => steps.refuseDisposed()).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });
});
