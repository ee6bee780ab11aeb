import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { requireForm } from "./state-form.ts";

type Any = never;
// biome-ignore lint/suspicious/noExplicitAny: states of many types
type State = any;
const f = (...x: number[]) => Float32Array.of(...x);
const params = () => ({ w: gl.tensor(f(1, 2, 3, 4), [2, 2]), b: f(1) });
const identityLike = (): gl.GradientTransformation => ({ init: () => ({}) as Any, update: (u, s) => [u, s] });

/** An optimizer, a change to its state after `init`, and the path of the error. */
const WRONG: [
  name: string,
  tx: () => gl.GradientTransformation,
  spoil: (state: Any) => unknown,
  path: string,
][] = [
  [
    "lbfgs: fewer weights",
    () => gl.scaleByLbfgs(),
    (s: State) => ({ ...s, weightsMemory: new Float64Array(3) }),
    ".weightsMemory",
  ],
  [
    "lbfgs: weights of another type",
    () => gl.scaleByLbfgs(),
    (s: State) => ({ ...s, weightsMemory: new Float32Array(10) }),
    ".weightsMemory",
  ],
  [
    "lbfgs: weights in a plain list",
    () => gl.scaleByLbfgs(),
    (s: State) => ({ ...s, weightsMemory: [...s.weightsMemory] }),
    ".weightsMemory",
  ],
  ["mechanize: null", () => gl.contrib.mechanize(gl.sgd(1)), (s: State) => ({ ...s, r: null }), ".r"],
  ["mechanize: an object", () => gl.contrib.mechanize(gl.sgd(1)), (s: State) => ({ ...s, v: {} }), ".v"],
  [
    "muon: coefficients of another shape",
    () => gl.masked(gl.contrib.scaleByMuon(), { w: true, b: false }),
    (s: State) => ({ innerState: { ...s.innerState, nsCoeffs: f(1, 2) } }),
    ".innerState.nsCoeffs",
  ],
  [
    "monitor: fewer states",
    () => gl.monitor({ norm: gl.tree.norm }),
    (s: State) => ({ ...s, measureStates: [] }),
    ".measureStates",
  ],
  [
    "monitor: measurements in a list",
    () => gl.monitor({ norm: gl.tree.norm }),
    (s: State) => ({ ...s, measurements: [1] }),
    ".measurements",
  ],
  [
    "sam: a field is missing",
    () => gl.contrib.sam(gl.sgd(1), gl.sgd(1)),
    ({ stepsSinceSync: _, ...s }: State) => s,
    ".stepsSinceSync",
  ],
  [
    "sam: a cache of another shape",
    () => gl.contrib.sam(gl.sgd(1), gl.sgd(1)),
    (s: State) => ({ ...s, cache: { ...s.cache, b: f(1, 2) } }),
    ".cache.b",
  ],
  [
    "sam: the state inside",
    () => gl.contrib.sam(gl.adam(1), gl.sgd(1)),
    (s: State) => ({ ...s, optState: [] }),
    ".optState",
  ],
  ["sam: no object", () => gl.contrib.sam(gl.sgd(1), gl.sgd(1)), () => 3, ""],
  [
    "galore: a projector of another shape",
    () => gl.contrib.scaleByGalore({ rank: 1, weightDimensionNumbers: null }),
    (s: State) => ({ ...s, projector: { ...s.projector, w: gl.tensor(f(1, 2), [1, 2]) } }),
    ".projector.w",
  ],
  [
    "galore: a count of another type",
    () => gl.contrib.scaleByGalore({ rank: 1 }),
    (s: State) => ({ ...s, count: "0" }),
    ".count",
  ],
  [
    "line search: information of another form",
    () => gl.scaleByBacktrackingLinesearch(5),
    (s: State) => ({ ...s, info: { numLinesearchSteps: 0 } }),
    ".info.decreaseError",
  ],
  [
    "line search: a gradient that is not kept",
    () => gl.scaleByBacktrackingLinesearch(5),
    (s: State) => ({ ...s, grad: params() }),
    ".grad",
  ],
  [
    "novograd: a tree of another form",
    () => gl.scaleByNovograd(),
    (s: State) => ({ ...s, nu: { w: 0 } }),
    ".nu.b",
  ],
  [
    "novograd: a value that is no number",
    () => gl.scaleByNovograd(),
    (s: State) => ({ ...s, nu: { w: 0, b: f(1) } }),
    ".nu.b",
  ],
  [
    "noise: a key of three words",
    () => gl.addNoise(1, 1, { seed: 1 }),
    (s: State) => ({ ...s, rngKey: new Uint32Array(3) }),
    ".rngKey",
  ],
  [
    "zeroNans: an array where a mask hides a leaf",
    () => gl.masked(gl.zeroNans(), { w: true, b: false }),
    (s: State) => ({ innerState: { foundNan: { ...s.innerState.foundNan, b: f(1) } } }),
    ".innerState.foundNan.b",
  ],
];

describe(`a snapshot whose values on the host have another form, on ${engineName}`, () => {
  for (const [name, tx, spoil, path] of WRONG) {
    it(`is refused when the state is made: ${name}`, () => {
      const good = tx().init(params());
      const create = (optState: unknown) =>
        gl.TrainState.create({ params: params(), tx: tx(), optState } as never);
      create(structuredClone(good));
      expect(() => create(spoil(structuredClone(good) as Any))).toThrow(
        expect.objectContaining({ code: "INVALID_STATE", path: `optState${path}` }),
      );
    });
  }

  it("is refused where its half-precision numbers are of the other type", () => {
    const half = (dtype: string) => ({ data: new Uint16Array(2), shape: [2], dtype });
    requireForm(half("float16"), half("float16"), "optState.mu");
    expect(() => requireForm(half("float16"), half("bfloat16"), "optState.mu")).toThrow(
      expect.objectContaining({ code: "INVALID_STATE", path: "optState.mu" }),
    );
  });

  it("and one that a step has made is taken, also where values come to be", () => {
    const measures = {
      norm: gl.tree.norm,
      smooth: gl.measureWithEma(gl.tree.norm, 0.9),
      none: identityLike(),
    };
    const txs = [
      () => gl.chain(gl.monitor(measures), gl.contrib.sam(gl.adam(1), gl.sgd(1))),
      () => gl.contrib.galore(1, { rank: 1 }),
      () => gl.contrib.mechanize(gl.contrib.muon(1)),
      () => gl.flatten(gl.adam(1)),
    ];
    for (const tx of txs) {
      const train = gl.TrainState.create({ params: params(), tx: tx() as gl.GradientTransformation });
      train.applyGradients(params());
      const snapshot = structuredClone(train.snapshot());
      const resumed = gl.TrainState.create({ ...snapshot, tx: tx() as gl.GradientTransformation });
      train.applyGradients(params());
      resumed.applyGradients(params());
      expect(resumed.params).toEqual(train.params);
    }
  });

  it("of a user's own transformation may take any form", () => {
    const tx = gl.chain(
      { init: () => ({ seen: [] }) as Any, update: (u, s: State) => [u, { seen: [...s.seen, 1] } as Any] },
      gl.sgd(1),
    );
    const train = gl.TrainState.create({ params: { w: f(1) }, tx });
    train.applyGradients({ w: f(1) });
    const resumed = gl.TrainState.create({ ...train.snapshot(), tx });
    resumed.applyGradients({ w: f(1) });
    expect(resumed.optState[0]).toEqual({ seen: [1, 1] });
  });
});
