/** Checkpoints whose texts somebody has changed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, save } from "../../ts/src/safetensors/index.ts";
import { gl } from "../engine.ts";
import { expectRefusal } from "../property/refusal.ts";
import { fileOf, rewritten } from "./files.ts";

describe("a checkpoint that was tampered with", () => {
  const tx = gl.adam(0.1);
  const file = save(gl.TrainState.create({ params: { w: Float32Array.of(1) }, tx }));
  const state = (text: string) => (texts: Record<string, string>) => {
    texts["gradloom.state"] = text;
  };
  const numbers = (value: unknown) => state(JSON.stringify({ object: [["a", value]] }));
  it.each<[string, (texts: Record<string, string>) => void]>([
    ["without a version", (texts) => delete texts["gradloom.checkpoint"]],
    ["without a step", (texts) => delete texts["gradloom.step"]],
    ["without parameters", (texts) => delete texts["gradloom.params"]],
    ["without a chain", (texts) => delete texts["gradloom.chain"]],
    ["with a step below zero", (texts) => Object.assign(texts, { "gradloom.step": "-1" })],
    ["with a gigantic step", (texts) => Object.assign(texts, { "gradloom.step": "9999999999" })],
    ["with a step in words", (texts) => Object.assign(texts, { "gradloom.step": "1e3" })],
    ["with a chain that is none", (texts) => Object.assign(texts, { "gradloom.chain": "[1]" })],
    ["with a chain of arrays", (texts) => Object.assign(texts, { "gradloom.chain": '{"leaf":"array"}' })],
    ["with no JSON", state("{")],
    ["with a tensor that is missing", state('{"leaf":"array"}')],
    ["with tensors that are left over", state("null")],
    ["with a node of no kind", numbers({})],
    ["with a node of two kinds", numbers({ masked: true, undefined: true })],
    ["with a node of an inherited kind", numbers({ toString: 1 })],
    ["with a number that is none", numbers({ number: "1" })],
    ["with a bigint that is none", numbers({ bigint: "0x1" })],
    ["with a gigantic bigint", numbers({ bigint: "9".repeat(100_000) })],
    ["with a set that is none", numbers({ set: 1 })],
    ["with a map that is none", numbers({ map: [[1]] })],
    ["with keys that are no texts", state('{"object":[[1,2]]}')],
    ["with a key twice", state('{"object":[["a",1],["a",2]]}')],
    ["with a type that is no text", state('{"object":[],"type":1}')],
  ])("%s is refused", (_, change) => {
    expectRefusal(() => load(rewritten(file, change), { tx }), { code: "INVALID_FILE", path: "file" });
  });

  it("of a later version is refused, and by that name", () => {
    const later = rewritten(file, (texts) => Object.assign(texts, { "gradloom.checkpoint": "2" }));
    expectRefusal(() => load(later), { code: "UNSUPPORTED", path: "file" });
    expect(() => load(later)).toThrow('version "2", not 1');
  });

  it("of tensors alone is refused, with the function that reads it", () => {
    expect(() => load(fileOf("{}"))).toThrow(/deserialize/);
  });

  it("leaves the prototypes of objects alone", () => {
    const bad = rewritten(file, state('{"object":[["__proto__",{"object":[["polluted",true]]}]]}'));
    expectRefusal(() => load(bad), { code: "INVALID_FILE" });
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it("of any structure is read or refused", () => {
    const short = { maxLength: 3 };
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small", maxDepth: 5 },
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(tie("node"), short),
        fc.record({
          object: fc.array(fc.tuple(fc.constantFrom("0", "mu", "w", "__proto__"), tie("node")), short),
        }),
        fc.record(
          { leaf: fc.constantFrom("array", "tensor", 1), clamped: fc.constantFrom(true, 1) },
          { requiredKeys: ["leaf"] },
        ),
        fc.record({ map: fc.array(fc.tuple(tie("node"), tie("node")), short) }),
      ),
    }));
    fc.assert(
      fc.property(
        node,
        fc.constantFrom("gradloom.state", "gradloom.params", "gradloom.chain"),
        (structure, name) => {
          const changed = rewritten(file, (texts) =>
            Object.assign(texts, { [name]: JSON.stringify(structure) }),
          );
          try {
            load(changed, { tx });
          } catch (error) {
            expect(error).toBeInstanceOf(gl.GradloomError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
