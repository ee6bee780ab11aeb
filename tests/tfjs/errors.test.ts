import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toTfOptimizer } from "../../ts/src/tfjs/index.ts";
import { gl } from "../engine.ts";
import { backends, tf, useBackend } from "./backends.ts";

describe.each(backends)("on %s", (name) => {
  beforeAll(() => useBackend(name));
  afterEach(() => tf.disposeVariables());

  let [x, y] = [] as unknown as [tf.Variable, tf.Variable];
  let optimizer: ReturnType<typeof toTfOptimizer>;
  const f = () => tf.sum(tf.mul(tf.square(x), y)) as tf.Scalar;

  beforeEach(() => {
    x = tf.variable(tf.tensor1d([1, 2]), true, "model/x");
    y = tf.variable(tf.scalar(3), true, "model/y");
    optimizer = toTfOptimizer(gl.adam(0.1));
    optimizer.minimize(f);
  });

  /** Expects an error, and that nothing has changed: variables, state, count and the memory of TensorFlow.js. */
  const refuses = (code: string, message: RegExp, body: () => unknown) => {
    const state = () =>
      JSON.stringify([...x.dataSync(), ...y.dataSync(), optimizer.optState, optimizer.iterations]);
    const [before, { numTensors }] = [state(), tf.memory()];
    let error: unknown;
    try {
      body();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(state()).toBe(before);
    expect(tf.memory().numTensors).toBe(numTensors);
    optimizer.minimize(f);
    expect(optimizer.iterations).toBe(2);
  };

  const grad = (shape: number[], dtype: "float32" | "int32" | "bool" = "float32") => tf.zeros(shape, dtype);

  it("refuses a gradient of another shape", () => {
    const grads = { "model/x": grad([3]), "model/y": grad([]) };
    refuses("SHAPE_MISMATCH", /grads\["model\/x"\]: expected the shape \[2\], got \[3\]/, () =>
      optimizer.applyGradients(grads),
    );
  });

  it("refuses a list of gradients without names", () => {
    const gradients = [grad([2]), grad([])];
    refuses("INVALID_TREE", /grads\[0\]: expected a gradient with its name, got a Tensor/, () =>
      optimizer.applyGradients(gradients as never),
    );
  });

  it("refuses a gradient of integers", () => {
    const grads = { "model/x": grad([2], "int32") };
    refuses("DTYPE_MISMATCH", /model\/x.*expected float32, got int32.*tf.cast/, () =>
      optimizer.applyGradients(grads),
    );
  });

  it("refuses a gradient that has been disposed of", () => {
    const gradient = grad([2]);
    gradient.dispose();
    refuses("DISPOSED", /model\/x.*gradient has been disposed of/, () =>
      optimizer.applyGradients({ "model/x": gradient }),
    );
  });

  it("refuses something else than a tensor", () => {
    refuses("INVALID_TREE", /model\/x.*expected a tensor, got an array/, () =>
      optimizer.applyGradients({ "model/x": [1, 2] as never }),
    );
    expect(() => optimizer.applyGradients(grad([2]) as never)).toThrow(/expected gradients by the names/);
    expect(() => optimizer.applyGradients(undefined as never)).toThrow(/expected gradients by the names/);
  });

  it("refuses a list with something else than named gradients", () => {
    for (const element of [null, undefined, 7, {}]) {
      const list = [{ name: "model/x", tensor: grad([2]) }, element];
      refuses("INVALID_TREE", /grads\[1\].*name/, () => optimizer.applyGradients(list as never));
      optimizer = toTfOptimizer(gl.adam(0.1));
      optimizer.minimize(f);
    }
  });

  it("refuses a name that no variable has, and asks for the nearest", () => {
    const grads = { "model/x": grad([2]), "model/z": grad([]) };
    refuses(
      "INVALID_TREE",
      /model\/z: TensorFlow.js has no variable of this name. Do you mean model\/[xy]\?/,
      () => optimizer.applyGradients(grads),
    );
    expect(() => optimizer.applyGradients({ toString: grad([]) })).toThrow(/no variable of this name/);
  });

  it("refuses a variable that is listed twice", () => {
    const tensor = grad([2]);
    const given = { name: "model/x", tensor };
    refuses("INVALID_TREE", /model\/x.*listed twice/, () => optimizer.applyGradients([given, given]));
  });

  it("refuses a variable that has been disposed of", () => {
    const gone = tf.variable(tf.scalar(1), true, "model/gone");
    const g = () => tf.mul(f(), gone) as tf.Scalar;
    optimizer.minimize(() => tf.tidy(g), false, [x, y, gone]);
    gone.dispose();
    optimizer = toTfOptimizer(gl.adam(0.1));
    optimizer.minimize(f);
    refuses("DISPOSED", /model\/gone: this variable has been disposed of/, () =>
      optimizer.minimize(f, false, [x, y, gone]),
    );
  });

  it("names a variable that vanished between two steps", () => {
    const gone = tf.variable(tf.scalar(1), true, "model/gone");
    optimizer.minimize(() => tf.mul(f(), gone) as tf.Scalar, false, [x, y, gone]);
    gone.dispose();
    const gradient = grad([]);
    expect(() => optimizer.applyGradients({ "model/gone": gradient })).toThrow(
      /model\/gone: this variable has been disposed of/,
    );
    optimizer.minimize(f);
    expect(optimizer.iterations).toBe(3);
  });

  it("refuses a variable of integers", () => {
    const count = tf.variable(tf.scalar(1, "int32"), true, "model/count");
    const given = { "model/count": grad([]) };
    refuses("DTYPE_MISMATCH", /model\/count: a variable of type int32 cannot be optimised/, () =>
      optimizer.applyGradients(given),
    );
    count.dispose();
  });

  it("is unchanged after a loss that throws, a schedule that throws, and a missing argument", () => {
    refuses("INVALID_TREE", /no loss/, () =>
      optimizer.minimize(() => {
        throw new gl.GradloomError("INVALID_TREE", "no loss");
      }),
    );
    let broken = false;
    optimizer = toTfOptimizer(gl.sgd(() => (broken ? Number.NaN : 0.1), { momentum: 0.9 }));
    optimizer.minimize(f);
    broken = true;
    const { numTensors } = tf.memory();
    const before = [...x.dataSync()];
    expect(() => optimizer.minimize(f)).toThrow(/returned NaN at step 1/);
    expect([...x.dataSync()]).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
    optimizer = toTfOptimizer(gl.polyakSgd());
    expect(() => optimizer.applyGradients({ "model/x": grad([2]) })).toThrow(/needs the number value/);
    expect([...x.dataSync()]).toEqual(before);
  });

  it("is unchanged where a new set of variables is refused", () => {
    const fits = gl.masked(gl.adam(0.1), { model: { x: true, y: false } });
    optimizer = toTfOptimizer(fits);
    optimizer.minimize(f);
    const z = tf.variable(tf.scalar(1), true, "model/z");
    const g = () => tf.mul(f(), z) as tf.Scalar;
    refuses("INVALID_MASK", /model/, () => optimizer.minimize(g, false, [x, y, z]));
  });
});

it("refuses what is no transformation, and unknown options", () => {
  expect(() => toTfOptimizer(gl.adam as never)).toThrow(
    /toTfOptimizer.tx: expected a transformation.*Call it/,
  );
  expect(() => toTfOptimizer(gl.adam(0.1), { missing: "zero" } as never)).toThrow(
    /toTfOptimizer.missing: there is no option of this name/,
  );
  expect(() => toTfOptimizer(gl.adam(0.1), { missingGradient: "none" as never })).toThrow(
    /"skip" or "zero" or "error"/,
  );
  expect(() => toTfOptimizer(gl.adam(0.1), { name: 3 as never })).toThrow(/toTfOptimizer.name/);
  expect(() => toTfOptimizer(gl.adam(0.1), { engine: "cuda" })).toThrow(/no engine called "cuda"/);
});
