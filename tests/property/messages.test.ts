/** What error messages say: found by calling every exported function with arguments that make no sense, and in the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { signatureOf } from "../../ts/src/define.ts";
import { show } from "../../ts/src/show.ts";
import type { AnyTree } from "../conformance/trees.ts";
import { exportedValues, sources } from "../docs/exports.ts";
import { engineName, gl } from "../engine.ts";

const at = (name: string): AnyTree => name.split(".").reduce((object: AnyTree, key) => object[key], gl);

const functions = exportedValues().flatMap(({ name }) =>
  typeof at(name) === "function" ? [{ name, call: at(name) }] : [],
);

const params = () => ({ w: new Float32Array([1, 2]) });

/** Returns what a call throws or, if it returns a transformation, what its first step throws. */
const thrownBy = (call: () => AnyTree): AnyTree => {
  try {
    const made = call();
    if (typeof made?.init === "function" && typeof made.update === "function") {
      made.update(params(), made.init(params()), params());
    }
  } catch (error) {
    return error;
  }
};

/** A text in the source of a function, which no message may show. */
const SOURCE = "text of a caller";

class Odd {}

const HOSTILE: unknown[] = [
  undefined,
  null,
  () => ({ SOURCE: "text of a caller's function" }),
  {},
  { momentum: 0.9 },
  [],
  [1, 2],
  new Odd(),
  new Map(),
  "text",
  -5,
  Number.NaN,
  new Int8Array(2),
];

/** Functions of plain numbers, and the calls that change which engine all tests use. */
const LEFT_OUT = ["setEngine", "safeIncrement", "GradloomError"];

const hostileCalls = functions
  .filter(({ name }) => !LEFT_OUT.includes(name))
  .flatMap(({ name, call }) =>
    [0, 1, 2].flatMap((position) =>
      HOSTILE.map((value) => {
        const given: unknown[] = [params(), params(), 1].slice(0, position);
        const isClass = /^class\b/.test(Function.prototype.toString.call(call));
        const error = thrownBy(() => (isClass ? new call(...given, value) : call(...given, value)));
        return { name: `${name}, argument ${position}: ${show(value)}`, error };
      }),
    ),
  )
  .filter(({ error }) => error !== undefined);

/** Words of the inside of the library. */
const INNER = /\b(layouts?|slots?|lowering|lowered|buffer index|pytree)\b/i;

const UNGRAMMATICAL =
  /\ba (object|undefined|array|[aeio]\w*|u(?!ni|int|s)\w*)\b|\ban (?![aeiou[])|\[object |\(s\)|null \w+ null/i;

describe(`messages of errors, on ${engineName}`, () => {
  it("come as a GradloomError from every exported function, whatever is passed to it", () => {
    expect(hostileCalls.length).toBeGreaterThan(2000);
    const others = hostileCalls.filter(({ error }) => !(error instanceof gl.GradloomError));
    expect(others.map(({ name, error }) => `${name}: ${error}`)).toEqual([]);
  });

  it("have a path and a remedy, and end with a full stop", () => {
    for (const { name, error } of hostileCalls) {
      expect(error.path, `${name}: ${error.message}`).toBeTruthy();
      expect(error.remedy, `${name}: ${error.message}`).toMatch(/^[A-Z].*\.$/s);
    }
  });

  it("show no source of functions, no inner word, and the right articles", () => {
    const bad = hostileCalls.filter(
      ({ error }) =>
        error.message.includes(SOURCE) || INNER.test(error.message) || UNGRAMMATICAL.test(error.message),
    );
    expect([...new Set(bad.map(({ error }) => error.message))]).toEqual([]);
  });

  const written = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d|gen)\.ts$/.test(file))
    .map((file) => readFileSync(join(sources, file), "utf8"))
    .flatMap((text) => [...text.matchAll(/new GradloomError\(.*?\);\n/gs)].map(([error]) => error));

  it("have a path and a remedy in the sources, and no inner word", () => {
    expect(written.length).toBeGreaterThan(100);
    expect(written.filter((error) => !/\bpath\b/.test(error) || !/\bremedy\b/.test(error))).toEqual([]);
    const texts = written
      .flatMap((error) => [...error.matchAll(/"[^"\n]*"|`[^`]*`/g)])
      .map(([literal]) => literal.replace(/\$\{[^{}]*\}/g, "…"));
    expect(texts.filter((text) => INNER.test(text))).toEqual([]);
  });

  it("have none in the errors of the crates, but where a plan is refused in its own words", () => {
    const crates = join(sources, "../../crates");
    const texts = readdirSync(crates, { recursive: true, encoding: "utf8" })
      .filter((file) => /src[/\\].*\.rs$/.test(file))
      .flatMap((file) => [...readFileSync(join(crates, file), "utf8").matchAll(/#\[error\(\s*"(.*)"/g)])
      .map(([, text]) => text as string);
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter((text) => INNER.test(text))).toEqual([]);
  });
});

const withArguments = functions.flatMap(({ name, call }) => {
  const signature = signatureOf(call);
  return signature && Object.keys(signature.positional).length > 0 ? [{ name, call, signature }] : [];
});

const accepts = (field: { check(value: unknown, path: string): unknown }, value: unknown): boolean => {
  try {
    field.check(value, "");
    return true;
  } catch {
    return false;
  }
};

describe("options in first place", () => {
  for (const { name, call, signature } of withArguments) {
    const { positional, fields, name: owner } = signature;
    const [first = "", ...others] = Object.keys(positional);
    const [option] = Object.keys(fields);
    const field = positional[first] as (typeof positional)[string];
    if (accepts(field, {})) continue;

    it(`${name}({ ${option ?? ""} })`, () => {
      const error = thrownBy(() => call(option ? { [option]: fields[option]?.default } : {}));
      expect(error).toMatchObject({ code: "INVALID_HYPERPARAMETER", path: `${owner}.${first}` });
      const options = option ? [`{ ${option}: … }`] : [];
      const call_ = `${owner}(${[first, ...others, ...options].join(", ")})`;
      const instead = accepts(field, null)
        ? "; null for none"
        : accepts(field, undefined)
          ? "; undefined for its default"
          : "";
      expect(error.remedy).toBe(`Write ${call_}${instead}.`);
    });
  }

  it("schedules, whose arguments are numbers, name the first one", () => {
    const names = functions.map(({ name }) => name).filter((name) => /(Schedule|Decay)$/.test(name));
    const makers = names.filter((name) => /^[a-z]/.test(name) && !/sgdr|join|scaleBy/.test(name));
    expect(makers.length).toBeGreaterThan(10);
    for (const name of makers) {
      const error = thrownBy(() => at(name)({ peakValue: 1 }));
      const first = /\((\w+)/.exec(Function.prototype.toString.call(at(name)))?.[1];
      expect(error, name).toMatchObject({ code: "INVALID_HYPERPARAMETER", path: `${name}.${first}` });
      expect(error.remedy).toMatch(/one by one in their order/);
    }
  });

  it("are a remedy that says null for none", () => {
    const refused = (call: () => unknown, remedy: string) => expect(thrownBy(call)?.remedy).toBe(remedy);
    const any = gl as AnyTree;
    refused(
      () => any.adafactor({ factored: false }),
      "Write adafactor(learningRate, { factored: … }); null for none.",
    );
    refused(
      () => any.contrib.scheduleFreeSgd({ warmupSteps: 3 }),
      "Write scheduleFreeSgd(learningRate, { warmupSteps: … }); undefined for its default.",
    );
    refused(() => any.sgd({ learningRate: 0.1, momentum: 0.9 }), "Write sgd(learningRate, { momentum: … }).");
  });
});

describe("a schedule", () => {
  const any = gl as AnyTree;

  it("in place of a number is answered with the function that takes one", () => {
    const rate = gl.linearSchedule(1, 0, 10);
    expect(thrownBy(() => any.optimisticAdam(rate)).message).toMatch(/optimisticAdamV2/);
    expect(thrownBy(() => any.sgd(0.1, { momentum: rate })).remedy).toBe(
      "Pass a number; injectHyperparams(sgd) takes a schedule here.",
    );
    const tx = gl.injectHyperparams(gl.sgd)(0.1, { momentum: rate } as AnyTree);
    expect(tx.init(params()).hyperparams.momentum).toBe(1);
  });

  it.each([
    [undefined, "undefined"],
    [Number.NaN, "NaN"],
    ["0.1", '"0.1"'],
    [null, "null"],
    [{}, "an object"],
    [10n, "10n"],
  ])("that returns %s is named by the outermost function, with its value and the step", (value, shown) => {
    const fails = (count: number) => (count === 2 ? value : 0.1);
    const optimizers: [tx: AnyTree, path: string][] = [
      [any.sgd(fails), "sgd.learningRate"],
      [any.adamw(0.1, { weightDecay: fails }), "adamw.weightDecay"],
      [any.chain(any.trace(0.9), any.scaleByLearningRate(fails)), "scaleByLearningRate.learningRate"],
      [any.adafactor(fails), "adafactor.learningRate"],
      [any.contrib.ademamix(0.1, { alpha: fails }), "ademamix.alpha"],
    ];
    for (const [tx, path] of optimizers) {
      const train = gl.TrainState.create({ params: params(), tx });
      train.applyGradients(params());
      train.applyGradients(params());
      const before = JSON.stringify([train.params, train.optState]);
      const error = thrownBy(() => train.applyGradients(params()));
      expect(error).toMatchObject({ code: "INVALID_HYPERPARAMETER", path });
      expect(error.message).toContain(`returned ${shown} at step 2.`);
      expect(JSON.stringify([train.params, train.optState])).toBe(before);
    }
  });

  it("that leaves the range of its number is refused like the number", () => {
    const tx: AnyTree = gl.contrib.scaleByAdemamix({ b3: () => 2 });
    expect(thrownBy(() => tx)).toMatchObject({ path: "scaleByAdemamix.b3" });
  });
});

describe("other mistakes", () => {
  const any = gl as AnyTree;
  const remedy = (call: () => unknown) => thrownBy(call)?.remedy;

  it("are answered with what to write", () => {
    expect(remedy(() => any.chain([gl.sgd(0.1)]))).toMatch(/Spread the list/);
    expect(remedy(() => any.chain(gl.adam))).toBe("Call it: adam(learningRate).");
    expect(remedy(() => any.adamw(0.1, { weight_decay: 0.1 }))).toMatch(/^Do you mean weightDecay\?/);
    expect(remedy(() => any.sgd(0.1, { xyz: 1 }))).toMatch(/^The options are momentum,/);
    expect(remedy(() => any.scaleBySchedule(() => 1, { a: 1 }))).toBe("Leave it out: there are no options.");
    expect(remedy(() => any.adam(0.1, 0.9, 0.999))).toBe("Write adam(learningRate, { b1: … }).");
    expect(remedy(() => any.scaleByAdam(0.9))).toBe("Write scaleByAdam({ b1: … }).");
  });
});

describe("a class", () => {
  const any = gl as AnyTree;
  const classes: [name: string, args: unknown[]][] = [
    ["MultiSteps", [gl.sgd(0.1), 2]],
    ["WrappedSchedule", [() => 1]],
    ["contrib.MuonDimensionNumbers", []],
    ["contrib.GaLoreDimensionNumbers", []],
    ["perturbations.Normal", []],
    ["perturbations.Gumbel", []],
    ["MultiNormalDiagFromLogScale", [0, 0]],
    ["traverse.ModelParamTraversal", [() => true]],
  ];

  it.each(classes)("says how to write the call where new is forgotten: %s", (name, args) => {
    const own = name.split(".").at(-1) as string;
    expect(thrownBy(() => at(name)(...args))).toMatchObject({
      code: "INVALID_HYPERPARAMETER",
      path: own,
      remedy: `Write new ${own}(…).`,
    });
    const made = new (at(name))(...args);
    expect(made).toBeInstanceOf(at(name));
    expect(made.constructor.name).toBe(own);
    class Mine extends (at(name) as new (...given: unknown[]) => object) {}
    expect(new Mine(...args)).toBeInstanceOf(at(name));
  });

  it("TrainState says the same where it is made with new", () => {
    for (const args of [[], [{}], [{ params: params(), tx: gl.sgd(0.1) }]]) {
      expect(thrownBy(() => new any.TrainState(...args))).toMatchObject({
        code: "INVALID_HYPERPARAMETER",
        path: "TrainState",
        remedy: "Write TrainState.create({ params, tx }).",
      });
    }
  });
});

describe("show", () => {
  it.each([
    [() => SOURCE, "a function"],
    [{ a: 1 }, "an object"],
    [Object.create(null), "an object"],
    [[1], "an array"],
    [new Int8Array(1), "an Int8Array"],
    [new Uint8Array(1), "a Uint8Array"],
    [new Map(), "a Map"],
    [new Odd(), "an Odd"],
    [undefined, "undefined"],
    [null, "null"],
    [-0, "-0"],
    ["a\n", '"a\\n"'],
    ["x".repeat(100), `"${"x".repeat(60)}…"`],
    [Symbol("s"), "a symbol"],
  ])("%o", (value, shown) => {
    expect(show(value)).toBe(shown);
  });
});
