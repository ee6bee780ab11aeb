/** Checkpoints in memory: trees of any form come back, and what does not fit is refused by name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { typeName } from "../../ts/src/pytree/named.ts";
import { Checkpoint, deserialize, load, save } from "../../ts/src/safetensors/index.ts";
import { gl } from "../engine.ts";
import { detach, expectRefusal } from "../property/refusal.ts";
import { rewritten } from "./files.ts";

const params = () => ({
  dense: { kernel: gl.tensor(Float32Array.of(1, 2, 3, 4), [2, 2]), bias: Float32Array.of(5, 6) },
});
const grads = () => ({
  dense: { kernel: gl.tensor(Float32Array.of(1, -1, 2, 0), [2, 2]), bias: Float32Array.of(1, 1) },
});

describe("a checkpoint", () => {
  it("is what a snapshot is, with notes that do not go into TrainState.create", () => {
    const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adamw(gl.linearSchedule(0.1, 0, 10)));
    const train = gl.TrainState.create({ params: params(), tx });
    train.applyGradients(grads());
    const checkpoint = load(save(train, { metadata: { note: "first" } }), { tx, params: params() });
    expect(checkpoint).toBeInstanceOf(Checkpoint);
    expect({ ...checkpoint }).toEqual(train.snapshot());
    expect(Object.keys({ ...checkpoint })).toEqual(["params", "optState", "step"]);
    expect({ ...checkpoint.metadata }).toEqual({ format: "gradloom", note: "first" });
    expect(checkpoint.differences).toEqual([]);
    expect(checkpoint.chain?.chain?.map(({ name }) => name)).toEqual(["clipByGlobalNorm", "adamw"]);
    expect(typeName(checkpoint.optState[1][0])).toBe("ScaleByAdamState");
    const names = Object.keys(deserialize(save(train)).tensors).sort();
    expect(names).toEqual([
      "params/dense/bias",
      "params/dense/kernel",
      "state/1/0/mu/dense/bias",
      "state/1/0/mu/dense/kernel",
      "state/1/0/nu/dense/bias",
      "state/1/0/nu/dense/kernel",
    ]);
  });

  it("is made of a snapshot as well, which knows its optimizer only where that is given", () => {
    const tx = gl.sgd(0.1);
    const train = gl.TrainState.create({ params: params(), tx });
    expect(save(train.snapshot(), { tx })).toEqual(save(train));
    expect(load(save(train.snapshot())).chain).toBeNull();
    expect({ ...load(save(load(save(train)))) }).toEqual(train.snapshot());
  });

  it("is of the moment at which it was saved", () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.adam(0.1) });
    train.applyGradients(grads());
    const [before, bytes] = [train.snapshot(), save(train)];
    train.applyGradients(grads());
    train.dispose();
    expect({ ...load(bytes) }).toEqual(before);
  });

  it("goes on with the same bits for every storage of the state", () => {
    const half = (dtype: "bfloat16" | "float16") => gl.adam(0.1, { muDtype: dtype });
    for (const tx of [
      half("bfloat16"),
      half("float16"),
      gl.sm3(0.1),
      gl.adafactor(0.1, { minDimSizeToFactor: 1 }),
      gl.noisySgd(0.1),
    ]) {
      for (const array of [Float32Array, Float64Array]) {
        const start = { k: gl.tensor(array.of(1, 2, 3, 4), [2, 2]), b: array.of(1) };
        const step = { k: gl.tensor(array.of(1, 3, -2, 4), [2, 2]), b: array.of(0.1) };
        const whole = gl.TrainState.create({ params: start, tx });
        let parts = gl.TrainState.create({ params: start, tx });
        for (let i = 0; i < 4; i++) {
          whole.applyGradients(step);
          parts.applyGradients(step);
          parts = gl.TrainState.create({ ...load<typeof start>(save(parts), { tx }), tx }) as typeof parts;
        }
        expect(parts.snapshot()).toEqual(whole.snapshot());
      }
    }
  });

  it("keeps numbers, lists, nulls, masks, integers and odd keys exactly", () => {
    const shared = Float32Array.of(1);
    const tree = Object.fromEntries<unknown>([
      ["__proto__", { a: shared }],
      ["", [null, [], {}, new gl.MaskedNode()]],
      ["a/b.c[0]", { "~": Float32Array.of(2), "~1": Float32Array.of(3), "/": Float32Array.of(4) }],
      ["\ud800", Float32Array.of(5)],
      ["日本 😀", Uint8ClampedArray.of(7)],
      ["10", Int8Array.of(1)],
      ["2", BigInt64Array.of(2n)],
    ]);
    const optState = [
      {
        nan: Number.NaN,
        up: Number.POSITIVE_INFINITY,
        down: Number.NEGATIVE_INFINITY,
        zero: -0,
        tiny: 5e-324,
        third: 1 / 3,
      },
      { big: 2n ** 80n, text: "\ud800\u0000", yes: true, nothing: undefined, none: null },
      {
        map: new Map<unknown, unknown>([
          [{ k: 1 }, Float64Array.of(1)],
          ["k", [2]],
        ]),
        set: new Set([1, "a"]),
      },
      gl.tensor(Uint32Array.of(1, 2), [2, 1]),
      { data: Uint16Array.of(1, 2), shape: [1, 2], dtype: "bfloat16" },
      gl.tensor(Uint8ClampedArray.of(1), []),
    ];
    const checkpoint = load(save({ params: tree, optState: optState as never, step: 3 }));
    expect(checkpoint.params).toEqual(tree);
    expect(Object.keys(checkpoint.params)).toEqual(Object.keys(tree));
    expect(Object.hasOwn(checkpoint.params, "__proto__")).toBe(true);
    expect(checkpoint.optState).toEqual(optState);
    expect(checkpoint.params[""][3]).toBeInstanceOf(gl.MaskedNode);
    expect(Object.is(checkpoint.optState[0].zero, -0)).toBe(true);
    expect(Object.hasOwn(checkpoint.optState[1], "nothing")).toBe(true);
    expect(save(checkpoint)).toEqual(save({ params: tree, optState: optState as never, step: 3 }));
  });

  it("keeps any tree", () => {
    const leaf = fc.oneof(
      fc.float32Array({ maxLength: 3 }),
      fc.float64Array({ maxLength: 3 }),
      fc.int32Array({ maxLength: 3 }),
      fc.constant(null),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: "binary" }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.string({ unit: "binary", maxLength: 4 }), tie("tree"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (optState) => {
        fc.pre(optState !== undefined);
        const checkpoint = load(save({ params: {}, optState: { optState } as never, step: 0 }));
        expect(checkpoint.optState).toEqual({ optState });
      }),
      { numRuns: 200 },
    );
  });

  it("is read from a tree of as many levels as a tree may have, and no more", () => {
    const nested = (levels: number): unknown => {
      let node: unknown = Float32Array.of(1);
      for (let i = 0; i < levels; i++) node = i % 2 ? [node] : { a: node };
      return node;
    };
    const deep = save({ params: nested(1000), optState: {} as never, step: 0 });
    expect(load(deep).params).toEqual(nested(1000));
    expectRefusal(() => save({ params: nested(1001), optState: {} as never, step: 0 }), {
      code: "INVALID_TREE",
      path: /^params/,
    });
    const file = rewritten(save({ params: {}, optState: {} as never, step: 0 }), (texts) => {
      texts["gradloom.params"] = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    });
    expectRefusal(() => load(file), { code: "INVALID_FILE", path: "file" });
  });
});

describe("what cannot be saved", () => {
  const tx = gl.sgd(0.1);
  const train = () => gl.TrainState.create({ params: params(), tx });
  it.each<[string, () => unknown, string, string]>([
    ["nothing", () => save(undefined as never), "INVALID_STATE", "save.train"],
    ["parameters alone", () => save({ params: params() } as never), "INVALID_STATE", "save.train"],
    ["half a step", () => save({ ...train().snapshot(), step: 0.5 }), "INVALID_STATE", "save.train"],
    [
      "a path after the state",
      () => save(train(), "run.safetensors" as never),
      "INVALID_HYPERPARAMETER",
      "save.path",
    ],
    [
      "a function in a state",
      () => save({ ...train().snapshot(), optState: [{ f: () => 1 }] as never }),
      "INVALID_STATE",
      "optState[0].f",
    ],
    [
      "an instance of a class",
      () => save({ ...train().snapshot(), optState: { at: new Date() } as never }),
      "INVALID_STATE",
      "optState.at",
    ],
    [
      "a detached array",
      () => save({ ...train().snapshot(), params: { w: detach(Float32Array.of(1)) } as never }),
      "DETACHED_MEMORY",
      "params.w",
    ],
    [
      "a text of the library's",
      () => save(train(), { metadata: { "gradloom.step": "7" } }),
      "INVALID_HYPERPARAMETER",
      "save.metadata.gradloom.step",
    ],
    [
      "an unknown option",
      () => save(train(), { maxShardSize: 1 } as never),
      "UNKNOWN_OPTION",
      "save.maxShardSize",
    ],
  ])("%s is refused", (_, body, code, path) => expectRefusal(body, { code, path }));

  it("a tree that contains itself is refused", () => {
    const loop: Record<string, unknown> = {};
    loop.self = [loop];
    expectRefusal(() => save({ params: loop, optState: {} as never, step: 0 }), {
      code: "INVALID_TREE",
      path: "params.self[0]",
    });
  });

  it("a training state that is disposed of, in the middle of a step, or has lost an array is refused", async () => {
    const disposed = train();
    disposed.dispose();
    expectRefusal(() => save(disposed), { code: "DISPOSED" });
    const busy = gl.TrainState.create({ params: { w: Float32Array.of(3) }, tx: gl.lbfgs() });
    const valueAndGradFn = async ({ w }: { w: Float32Array }) => {
      expectRefusal(() => save(busy), { code: "STEP_IN_PROGRESS" });
      return [(w[0] as number) ** 2, { w: Float32Array.of(2 * (w[0] as number)) }];
    };
    await busy.applyGradientsAsync(
      { w: Float32Array.of(6) },
      { value: 9, grad: { w: Float32Array.of(6) }, valueAndGradFn },
    );
    expect(load(save(busy)).step).toBe(1);
    const own = { w: Float32Array.of(1) };
    const adopted = gl.TrainState.create({ params: own, tx, adopt: true });
    own.w[0] = 5;
    expect(load(save(adopted)).params).toEqual({ w: Float32Array.of(5) });
    detach(own.w);
    expectRefusal(() => save(adopted), { code: "DETACHED_MEMORY" });
  });
});

describe("a checkpoint that does not fit", () => {
  const tx = gl.adam(0.1);
  const file = save(gl.TrainState.create({ params: params(), tx }));
  it.each<[string, () => unknown, string, string]>([
    ["another optimizer", () => load(file, { tx: gl.sgd(0.1) }), "INVALID_STATE", "tx"],
    [
      "an optimizer with the same state",
      () => load(file, { tx: gl.chain(gl.scaleByAdam(), gl.scale(-0.1)) }),
      "INVALID_STATE",
      "tx",
    ],
    [
      "another optimizer inside",
      () =>
        load(save(gl.TrainState.create({ params: params(), tx: gl.masked(tx, true) })), {
          tx: gl.masked(gl.sgd(0.1), true),
        }),
      "INVALID_STATE",
      "tx",
    ],
    [
      "another storage of the state",
      () => load(file, { tx: gl.adam(0.1, { muDtype: "bfloat16" }) }),
      "DTYPE_MISMATCH",
      "optState[0].mu.dense.kernel",
    ],
    [
      "another mask",
      () =>
        load(
          save(
            gl.TrainState.create({
              params: params(),
              tx: gl.masked(tx, { dense: { kernel: true, bias: false } }),
            }),
          ),
          { tx: gl.masked(tx, true) },
        ),
      "STRUCTURE_MISMATCH",
      "optState.innerState[0].mu.dense.bias",
    ],
    [
      "parameters of another structure",
      () => load(file, { params: { dense: { kernel: params().dense.kernel } } }),
      "STRUCTURE_MISMATCH",
      "params.dense.bias",
    ],
    [
      "parameters of another shape",
      () => load(file, { params: { dense: { ...params().dense, bias: new Float32Array(3) } } }),
      "SHAPE_MISMATCH",
      "params.dense.bias",
    ],
    ["no transformation", () => load(file, { tx: {} as never }), "INVALID_HYPERPARAMETER", "load.tx"],
  ])("%s is refused", (_, body, code, path) => {
    expectRefusal(body, { code, path });
    if (path !== "load.tx") expect(body).toThrow(/carryOver/);
  });

  it("differs in options only: they are listed, and the state is kept", () => {
    const other = gl.adam(0.2, { b1: 0.8 });
    const { differences } = load(file, { tx: other });
    expect(differences.map(({ path, saved }) => [path, saved])).toEqual([
      ["scaleByAdam.b1", 0.9],
      ["scaleByLearningRate.learningRate", 0.1],
    ]);
    expect(load(file, { tx: gl.adam(0.1) }).differences).toEqual([]);
    const nested = (rate: number) => gl.masked(gl.sgd(rate), true);
    const inside = save(gl.TrainState.create({ params: params(), tx: nested(0.1) }));
    expect(load(inside, { tx: nested(0.3) }).differences).toEqual([
      { path: "scaleByLearningRate.learningRate", saved: 0.1, given: 0.3 },
    ]);
  });

  it("that holds the state of a transformation of the user's own is not judged", () => {
    const own: ReturnType<typeof gl.chain> = gl.chain(
      {
        init: () => ({ seen: [] as number[] }),
        update: (updates, state) => [updates, { seen: [...state.seen, 1] }],
      },
      gl.sgd(0.1),
    );
    const train = gl.TrainState.create({ params: params(), tx: own });
    train.applyGradients(grads());
    expect(load(save(train), { tx: own }).optState[0]).toEqual({ seen: [1] });
  });
});
