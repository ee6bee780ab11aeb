import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { layoutOf } from "../pytree/layout.ts";
import { slotsAtRisk } from "../run/slots-at-risk.ts";
import { lower } from "./lowering.ts";
import { NODE, type Transformation } from "./node.ts";

const params = () => ({ w: new Float32Array([1, -2, 3]), b: new Float32Array([0.5]) });
const grads = { w: new Float32Array([0.1, 0.2, -0.3]), b: new Float32Array([0.4]) };

const planOf = (tx: Transformation) => {
  const tree = params();
  return lower(tx[NODE], layoutOf(tree, "params"), tree).builder;
};

const phasesOf = (tx: Transformation): string[] =>
  planOf(tx).phases.map(({ input, output }) => `${input} ${output}`);

const user = gl.stateless((updates) => updates);

describe("a phase before host code", () => {
  it("is a dry run where the host code reads sums", () => {
    const chain = gl.chain(gl.clipByGlobalNorm(1), gl.contrib.momo(0.1), gl.scale(1));
    expect(phasesOf(chain)).toEqual(["grads registers", "grads none"]);
    const { phases } = planOf(chain);
    const maps = phases.map(({ steps }) => steps.flatMap(({ step }) => ("map" in step ? [step.map] : [])));
    expect(maps[1]).toEqual([...(maps[0] ?? []), "momo", "scale"]);
    expect(slotsAtRisk(planOf(chain))).toEqual([]);
  });

  it.each([
    ["the host code looks at arrays", gl.chain(gl.trace(0.9), user)],
    ["it chooses what comes next", gl.chain(gl.trace(0.9), gl.applyIfFinite(gl.sgd(0.1), 2))],
    ["a kernel sees whole leaves", gl.chain(gl.centralize(), gl.contrib.dog(0.1))],
    [
      "a slot has a type of its own",
      gl.chain(gl.trace(0.9, { accumulatorDtype: "bfloat16" }), gl.novograd(0.1)),
    ],
    ["there are many arrays", gl.chain(gl.scaleByAmsgrad(), gl.trace(0.9), gl.contrib.prodigy())],
  ])("is stored where %s", (_, tx) => {
    expect(phasesOf(tx)[0]).toBe("grads updates");
  });

  it(`changes nothing on ${engineName} where a number is refused after it`, () => {
    const tx = gl.chain(
      gl.scaleByAdam(),
      gl.contrib.momo((step) => (step === 2 ? Number.NaN : 0.1)),
    );
    const train = gl.TrainState.create({ params: params(), tx });
    const step = (value: number) => train.applyGradients(grads, { value });
    step(3);
    step(2);
    const before = structuredClone([train.params, train.optState]);
    expect(() => step(1)).toThrow(expect.objectContaining({ code: "INVALID_HYPERPARAMETER" }));
    expect([train.params, train.optState]).toEqual(before);
  });
});
