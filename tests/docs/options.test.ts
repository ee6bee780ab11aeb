import { join } from "node:path";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { optionsOf } from "../../scripts/build/option-docs.mjs";
import { signatureOf } from "../../ts/src/define.ts";
import * as gl from "../../ts/src/entry/node.ts";
import { exportedValues, sources } from "./exports.ts";

const valueAt = (name: string): unknown =>
  name.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], gl);

const defined = exportedValues().flatMap(({ name, file, local }) => {
  const signature = signatureOf(valueAt(name));
  return signature
    ? [{ name, fields: signature.fields, options: optionsOf(join(sources, file), local) }]
    : [];
});

describe("the documentation of options, as the build reads it", () => {
  it("is read for every function with a signature", () => {
    expect(defined.length).toBeGreaterThan(90);
  });

  it.each(defined)(
    "$name: every option has a sentence and the default that counts",
    ({ fields, options }) => {
      expect([...options.keys()].sort()).toEqual(Object.keys(fields).sort());
      for (const [option, { doc, fallback }] of options) {
        expect(doc, option).toMatch(/^[A-Z\d].*\.$/s);
        const value: unknown = new Function(`return ${fallback}`)();
        const { default: own } = fields[option]!;
        if (typeof own === "function") expect(typeof value, option).toBe("function");
        else expect(value, option).toEqual(own);
      }
    },
  );
});

it("the defaults that doc comments repeat are those that count", () => {
  const { reductionAxis, outputAxis } = new gl.contrib.MuonDimensionNumbers();
  expect({ reductionAxis, outputAxis }).toEqual({ reductionAxis: 0, outputAxis: 1 });
  const cube = gl.projections.projectionHypercube({ a: new Float32Array([-3, 5]) });
  expect(cube).toEqual({ a: new Float32Array([0, 1]) });
});
