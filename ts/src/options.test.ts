import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../tests/engine.ts";
import { signatureOf } from "./define.ts";
import { MOST_INTEGER } from "./options.ts";

const refused = expect.objectContaining({
  code: "INVALID_HYPERPARAMETER",
  message: expect.stringMatching(/an integer >= [01] and <= 2147483647/),
});

const params = { w: new Float32Array(2) };

/** Calls with an integer where one is expected. */
const CALLS: Record<string, (n: number) => unknown> = {
  MultiSteps: (n) => new gl.MultiSteps(gl.sgd(1), n),
  "lbfgs.memorySize": (n) => gl.lbfgs(1, { memorySize: n }),
  applyEvery: (n) => gl.applyEvery({ k: n }),
  applyIfFinite: (n) => gl.applyIfFinite(gl.sgd(1), n),
  lookahead: (n) => gl.lookahead(gl.sgd(1), n, 0.5),
  "periodicUpdate.steps": (n) => gl.periodicUpdate(params, params, n, 2),
  "TrainState.create.step": (n) => gl.TrainState.create({ params, tx: gl.sgd(1), step: n }),
  "contrib.sam": (n) => gl.contrib.sam(gl.sgd(1), gl.sgd(1), { syncPeriod: n }),
  "random.split": (n) => gl.random.split(gl.random.key(0), { num: n }),
};

describe(`integers as options, on ${engineName}`, () => {
  for (const [name, call] of Object.entries(CALLS)) {
    it(`${name} is a 32-bit integer at most`, () => {
      for (const n of [1e30, Number.MAX_SAFE_INTEGER, MOST_INTEGER + 1])
        expect(() => call(n)).toThrow(refused);
    });
  }

  it("no function of the library takes 1e30 for one", () => {
    const functions = [gl, gl.contrib, gl.tree, gl.random].flatMap((space) => Object.values(space as object));
    const fields = functions.flatMap((f) => {
      const signature = signatureOf(f);
      return signature ? Object.values({ ...signature.positional, ...signature.fields }) : [];
    });
    const takes = (field: (typeof fields)[number], value: number): boolean => {
      try {
        field.check(value, "option");
        return true;
      } catch {
        return false;
      }
    };
    const integers = fields.filter((field) => takes(field, 1) && !takes(field, 1.5) && takes(field, 100));
    expect(integers.length).toBeGreaterThan(10);
    expect(integers.filter((field) => takes(field, 1e30))).toEqual([]);
    expect(integers.filter((field) => !takes(field, 2 ** 31 - 1))).toEqual([]);
  });

  it("sizes of axes have the same bound", () => {
    expect(() => gl.tree.batchShape(params, { shape: [1e30] })).toThrow(
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER" }),
    );
  });
});
