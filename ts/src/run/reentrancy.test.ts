import { beforeEach, describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { wasmEngine } from "../engine/node.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

const params = { w: new Float32Array([1, 2]) };
const grads = { w: new Float32Array([1, -1]) };
const others = { w: new Float32Array([-50, 70]) };

const step = (tx: GradientTransformation) => tx.update(grads, tx.init(params), params);

/** Makes a chain with a user's own transformation between kernels with state; its first update calls a function. */
const calling = (act: () => void): GradientTransformation => {
  let called = false;
  const update = <P>(updates: P, state: object): [P, object] => {
    if (!called) {
      called = true;
      act();
    }
    return [updates, state];
  };
  const user = { init: () => ({}), update } as GradientTransformation;
  return gl.chain(gl.trace(0.9), user, gl.scaleByAdam(), gl.scale(-0.1));
};
const undisturbed = () => step(calling(() => {}));

describe(`an update inside an update on ${engineName}`, () => {
  beforeEach(() => gl.setEngine(engineName));

  it("of the same transformation leaves the outer one alone", () => {
    const tx: GradientTransformation = calling(() => tx.update(others, tx.init(params), params));
    expect(step(tx)).toEqual(undisturbed());
  });

  it("for so many other trees that the outer plan is forgotten leaves it alone", () => {
    const tx: GradientTransformation = calling(() => {
      for (let size = 3; size < 14; size++) {
        const tree = { w: new Float32Array(size) };
        tx.update(tree, tx.init(tree), tree);
      }
    });
    expect(step(tx)).toEqual(undisturbed());
    expect(step(tx)).toEqual(undisturbed());
  });

  it("on another engine leaves the outer one alone", () => {
    const tx: GradientTransformation = calling(() => {
      gl.setEngine(wasmEngine());
      tx.update(others, tx.init(params), params);
    });
    expect(step(tx)).toEqual(undisturbed());
  });

  it("from a schedule leaves the outer one alone", () => {
    let called = false;
    const tx: GradientTransformation = gl.chain(
      gl.scaleByAdam(),
      gl.scaleBySchedule(() => {
        if (!called) {
          called = true;
          tx.update(others, tx.init(params), params);
        }
        return -0.1;
      }),
    );
    expect(step(tx)).toEqual(
      step(
        gl.chain(
          gl.scaleByAdam(),
          gl.scaleBySchedule(() => -0.1),
        ),
      ),
    );
  });

  it("is refused where it is a step of the same TrainState, which then stays as it was", () => {
    for (const act of ["applyGradients", "dispose"] as const) {
      const tx = calling(() => train[act]());
      const train: gl.TrainState<typeof params, unknown> = gl.TrainState.create({ params, tx });
      expect(() => train.applyGradients(grads)).toThrow(
        expect.objectContaining({ code: "STEP_IN_PROGRESS" }),
      );
      expect([train.step, train.params.w]).toEqual([0, params.w]);
      train.applyGradients(grads);
      expect(train.step).toBe(1);
    }
  });

  it("sees the scalars even where a schedule makes the engine's memory grow", () => {
    const held: unknown[] = [];
    const grow = () => {
      held.push(gl.TrainState.create({ params: { w: new Float32Array(2_000_000) }, tx: gl.adam(0.1) }));
      return 0.5;
    };
    const train = gl.TrainState.create({ params, tx: gl.sgd(grow) });
    train.applyGradients(grads);
    expect(train.params.w).toEqual(new Float32Array([0.5, 2.5]));
  });
});
