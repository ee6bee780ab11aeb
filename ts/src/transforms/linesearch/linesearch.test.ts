import { describe, expect, it } from "vitest";
import { gl } from "../../../../tests/engine.ts";

interface Params {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** |a - 1|² + 3 |b + 2|² + a_0 b_0 */
const value = ({ a, b }: Params): number =>
  a.reduce((sum, x) => sum + (x - 1) ** 2, 0) +
  b.reduce((sum, x) => sum + 3 * (x + 2) ** 2, 0) +
  (a[0] as number) * (b[0] as number);

const gradOf = ({ a, b }: Params): Params => ({
  a: a.map((x, i) => 2 * (x - 1) + (i === 0 ? (b[0] as number) : 0)),
  b: b.map((x, i) => 6 * (x + 2) + (i === 0 ? (a[0] as number) : 0)),
});

const valueAndGradFn = (params: Params): [number, Params] => [value(params), gradOf(params)];
const start = (): Params => ({ a: Float32Array.of(3, -1), b: Float32Array.of(0.5) });
const extraAt = (params: Params) => ({
  value: value(params),
  grad: gradOf(params),
  valueFn: value,
  valueAndGradFn,
});

const code = (name: string) => expect.objectContaining({ code: name });
const asynchronous = {
  valueFn: async (params: Params) => value(params),
  valueAndGradFn: async (params: Params) => valueAndGradFn(params),
};

// biome-ignore lint/suspicious/noExplicitAny: solvers with different states, tested alike
const solvers: Record<"lbfgs" | "zoom" | "backtracking" | "storeGrad", gl.Transformation<any>> = {
  lbfgs: gl.lbfgs(),
  zoom: gl.chain(gl.sgd(1), gl.scaleByZoomLinesearch(15)),
  backtracking: gl.chain(gl.sgd(1), gl.scaleByBacktrackingLinesearch(25)),
  storeGrad: gl.chain(gl.sgd(1), gl.scaleByBacktrackingLinesearch(25, { storeGrad: true })),
};

describe.each(Object.entries(solvers))("%s", (_, tx) => {
  it("lowers the objective at every step", () => {
    const train = gl.TrainState.create({ params: start(), tx });
    for (let step = 0; step < 8; step++) {
      const before = value(train.params);
      const extra = extraAt(train.params);
      train.applyGradients(extra.grad, extra);
      expect(value(train.params)).toBeLessThanOrEqual(before);
    }
    expect(value(train.params)).toBeLessThan(value(start()) / 3);
  });

  it("takes the same steps with asynchronous functions", async () => {
    const sync = gl.TrainState.create({ params: start(), tx });
    const later = gl.TrainState.create({ params: start(), tx });
    let [params, state] = [start(), tx.init(start())];
    for (let step = 0; step < 3; step++) {
      const extra = extraAt(sync.params);
      sync.applyGradients(extra.grad, extra);
      await later.applyGradientsAsync(extra.grad, { ...extra, ...asynchronous });
      const [updates, next] = await tx.updateAsync(extra.grad, state, params, { ...extra, ...asynchronous });
      [params, state] = [gl.applyUpdates(params, updates), next];
    }
    expect(later.params).toEqual(sync.params);
    expect(later.optState).toEqual(sync.optState);
    expect(params).toEqual(sync.params);
  });

  it("lets concurrent asynchronous updates alone", async () => {
    const runs = [start(), { a: Float32Array.of(9, 9), b: Float32Array.of(9) }];
    const alone = runs.map((params) => tx.update(gradOf(params), tx.init(params), params, extraAt(params)));
    const together = await Promise.all(
      runs.map((params) =>
        tx.updateAsync(gradOf(params), tx.init(params), params, { ...extraAt(params), ...asynchronous }),
      ),
    );
    expect(together).toEqual(alone);
  });

  it("says what to pass, and changes nothing", () => {
    const train = gl.TrainState.create({ params: start(), tx });
    const before = structuredClone({ params: train.params, state: train.optState });
    const extra = extraAt(train.params);
    for (const missing of ["value", "grad", "value,grad,valueFn,valueAndGradFn"]) {
      const given = Object.fromEntries(
        Object.entries(extra).filter(([name]) => !missing.split(",").includes(name)),
      );
      expect(() => train.applyGradients(extra.grad, given)).toThrow(code("EXTRA_ARGUMENT_REQUIRED"));
    }
    expect(() => train.applyGradients(extra.grad)).toThrow(
      /Call update\(updates, state, params, \{ value, grad, value\w*Fn \}\)/,
    );
    const broken = () => {
      throw new Error("lost");
    };
    expect(() =>
      train.applyGradients(extra.grad, { ...extra, valueFn: broken, valueAndGradFn: broken }),
    ).toThrow("lost");
    expect(() => train.applyGradients(extra.grad, { ...extra, ...asynchronous })).toThrow(
      /applyGradientsAsync/,
    );
    expect({ params: train.params, state: train.optState }).toEqual(before);
    expect(train.step).toBe(0);
  });
});

describe("line searches", () => {
  describe.each(Object.entries(solvers))("of %s", (_, tx) => {
    const refused = (path: string) =>
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path: expect.stringMatching(path) });
    const objective = (f: (params: Params) => number) => ({
      valueFn: f,
      valueAndGradFn: (params: Params) => [f(params), gradOf(params)],
    });
    const far = ({ a }: Params) => Math.abs((a[0] as number) - 3) > 1;

    it.each([Number.NaN, Number.POSITIVE_INFINITY])(
      "goes on from steps where the objective is %f",
      (hole) => {
        const params = start();
        const extra = { ...extraAt(params), ...objective((p) => (far(p) ? hole : value(p))) };
        const [updates] = tx.update(gradOf(params), tx.init(params), params, extra);
        const next = gl.applyUpdates(params, updates);
        expect(value(next)).toBeLessThan(value(params));
        expect(far(next)).toBe(false);
      },
    );

    it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses an objective that is %f everywhere", (f) => {
      const train = gl.TrainState.create({ params: start(), tx });
      const before = structuredClone({ params: train.params, state: train.optState });
      const nowhere = { ...extraAt(start()), ...objective(() => f) };
      expect(() => train.applyGradients(gradOf(start()), nowhere)).toThrow(refused("value(AndGrad)?Fn$"));
      expect({ params: train.params, state: train.optState }).toEqual(before);
    });

    it("refuses a value or a slope that is NaN", () => {
      const train = gl.TrainState.create({ params: start(), tx });
      const extra = extraAt(start());
      const broken = { ...start(), b: Float32Array.of(Number.NaN) };
      const step = (grads: Params, changes: object) => () =>
        train.applyGradients(grads, { ...extra, ...changes });
      expect(step(extra.grad, { value: Number.NaN })).toThrow(refused("search\\.value$"));
      expect(step(extra.grad, { grad: broken })).toThrow(refused("search\\.grad$"));
      expect(step(broken, { grad: broken })).toThrow(refused("search\\.grad$"));
      expect(train.params).toEqual(start());
    });

    it("comes back from where the objective is infinite", () => {
      const params = start();
      const extra = { ...extraAt(params), value: Number.POSITIVE_INFINITY };
      const [updates] = tx.update(gradOf(params), tx.init(params), params, extra);
      expect(value(gl.applyUpdates(params, updates))).toBeLessThan(Number.POSITIVE_INFINITY);
    });
  });

  it("inside of gl.masked move only the leaves of the mask, and give the objective all parameters", () => {
    const tx = gl.masked(gl.chain(gl.sgd(1), gl.scaleByZoomLinesearch(15)), { a: true, b: false });
    const params = start();
    const [updates, state] = tx.update(gradOf(params), tx.init(params), params, extraAt(params));
    const { b } = params;
    const only = gl.chain(gl.sgd(1), gl.scaleByZoomLinesearch(15));
    const grad = { a: gradOf(params).a };
    const [alone, expected] = only.update(
      grad,
      only.init({ a: params.a }),
      { a: params.a },
      {
        value: value(params),
        grad,
        valueAndGradFn: ({ a }: Params) => [value({ a, b }), { a: gradOf({ a, b }).a }],
      },
    );
    expect(updates.a).toEqual(alone.a);
    expect(updates.b).toEqual(gradOf(params).b);
    expect(state.innerState[1].learningRate).toBe(expected[1].learningRate);
  });

  it("refuse another step, and to be disposed of, while one is not done", async () => {
    const train = gl.TrainState.create({ params: start(), tx: gl.lbfgs() });
    const extra = { ...extraAt(train.params), ...asynchronous };
    const first = train.applyGradientsAsync(extra.grad, extra);
    expect(() => train.applyGradients(extra.grad, extra)).toThrow(code("STEP_IN_PROGRESS"));
    expect(() => train.dispose()).toThrow(code("STEP_IN_PROGRESS"));
    await expect(train.applyGradientsAsync(extra.grad, extra)).rejects.toThrow(code("STEP_IN_PROGRESS"));
    await first;
    expect(train.step).toBe(1);
    const late = { ...extra, valueAndGradFn: () => Promise.reject(new Error("lost")) };
    await expect(train.applyGradientsAsync(extra.grad, late)).rejects.toThrow("lost");
    train.dispose();
  });

  it("refuse what the functions should not return", () => {
    const [tx, params] = [solvers.zoom, start()];
    for (const result of [
      1,
      [1],
      ["1", params],
      [1, { a: params.a }],
      [1, { ...params, b: new Float32Array(2) }],
    ]) {
      const extra = { ...extraAt(params), valueAndGradFn: () => result };
      expect(() => tx.update(gradOf(params), tx.init(params), params, extra)).toThrow(gl.GradloomError);
    }
  });
});

describe("valueAndGradFromState", () => {
  it("reads the state once it is filled, whatever the parameters are called", () => {
    let calls = 0;
    const own = gl.valueAndGradFromState(
      ({ value: x }: { value: Float32Array }): [number, { value: Float32Array }] => {
        calls += 1;
        return [(x[0] as number) ** 2, { value: Float32Array.of(2 * (x[0] as number)) }];
      },
    );
    const params: { value: Float32Array } = { value: Float32Array.of(3) };
    const train = gl.TrainState.create({ params, tx: gl.lbfgs() });
    const valueAndGradFn = ({ value: x }: typeof train.params) => [
      (x[0] as number) ** 2,
      { value: Float32Array.of(2 * (x[0] as number)) },
    ];
    const [value, grad] = own(train.params, train.optState);
    train.applyGradients(grad, { value, grad, valueAndGradFn });
    expect(own(train.params, train.optState)[0]).toBe((train.params.value[0] as number) ** 2);
    expect(calls).toBe(1);
  });

  it.each<[string, () => gl.GradientTransformation]>([
    ["partition", () => gl.partition({ x: gl.lbfgs(), y: gl.sgd(0.05) }, { a: "x", b: "y" })],
    ["selectiveTransform", () => gl.selectiveTransform(gl.lbfgs(), { a: false, b: true })],
    ["masked", () => gl.chain(gl.masked(gl.lbfgs(), { a: true, b: false }), gl.scale(0.1))],
    ["masked line search", () => gl.chain(gl.sgd(1), gl.masked(solvers.zoom, { a: false, b: true }))],
  ])("computes anew what a line search inside %s does not know", (_, make) => {
    const tx = make();
    const reading = gl.valueAndGradFromState(valueAndGradFn);
    const run = (valueAndGrad: typeof reading) => {
      const train = gl.TrainState.create({ params: start(), tx });
      let [params, state] = [start(), tx.init(start())];
      for (let i = 0; i < 4; i++) {
        const [value, grad] = valueAndGrad(train.params, train.optState);
        train.applyGradients(grad, { value, grad, valueAndGradFn });
        const [own, ownGrad] = valueAndGrad(params, state);
        const [updates, next] = tx.update(ownGrad, state, params, {
          value: own,
          grad: ownGrad,
          valueAndGradFn,
        });
        [params, state] = [gl.applyUpdates(params, updates), next];
      }
      expect(train.params).toEqual(params);
      return params;
    };
    expect(run(reading)).toEqual(run((params) => valueAndGradFn(params)));
  });

  it("refuses a state without a line search", () => {
    expect(() => gl.valueAndGradFromState(valueAndGradFn)(start(), gl.adam(1).init(start()))).toThrow(
      code("INVALID_STATE"),
    );
  });
});
