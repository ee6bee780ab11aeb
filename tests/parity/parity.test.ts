import { describe, expect, it } from "vitest";
import { signatureOf } from "../../ts/src/define.ts";
import { isCompared, valueAt } from "./evidence.ts";
import { camelCase, optax } from "./optax.ts";
import { parityPage, parityRows, strayDifferences } from "./table.ts";

/** Turns the Python text of a default into a JavaScript value; undefined where there is no counterpart. */
const pythonDefault = (text: string): unknown => {
  if (text === "None") return null;
  if (text === "True" || text === "False") return text === "True";
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  return /^'.*'$/.test(text) ? text.slice(1, -1) : undefined;
};

describe("parity with Optax", () => {
  it("says of every name that is missing why it is", () => {
    const unexplained = parityRows.filter(({ present, difference }) => !present && !difference);
    expect(unexplained.map(({ module, name }) => `${module}.${name}`)).toEqual([]);
  });

  it("calls no name missing that is there", () => {
    const denied = parityRows.filter(
      ({ present, difference }) => present && difference && difference.status !== "different",
    );
    expect(denied.map(({ module, name }) => `${module}.${name}`)).toEqual([]);
  });

  it("explains no name that Optax does not have", () => {
    expect(strayDifferences).toEqual([]);
  });

  it("says that a name works only where a case of its own compares it with Optax", () => {
    const works = parityRows.filter(({ present, difference }) => present && !difference);
    const unchecked = works.filter(({ ours }) => !isCompared(ours));
    const remedy =
      "add a row to tests/golden, for a type a line to tests/types/api.ts, or a reason to differences.toml";
    expect(
      unchecked.map(({ module, name }) => `${module}.${name}`),
      remedy,
    ).toEqual([]);
  });

  it("is written down in docs/parity.md", async () => {
    await expect(parityPage()).toMatchFileSnapshot("../../docs/parity.md");
  });

  for (const { module, name, ours } of parityRows) {
    const parameters = optax[module]?.[name]?.parameters;
    const signature = signatureOf(valueAt(ours));
    if (!parameters || !signature) continue;
    it(`${ours} takes what ${module}.${name} takes, with its defaults`, () => {
      const taken = { ...signature.positional, ...signature.fields };
      const expected = Object.keys(parameters).map(camelCase);
      expect(Object.keys(taken).sort()).toEqual(expected.sort());
      for (const [parameter, text] of Object.entries(parameters)) {
        const field = signature.fields[camelCase(parameter)];
        const wanted = text === null ? undefined : pythonDefault(text);
        if (field && wanted !== undefined)
          expect({ [parameter]: field.default }).toEqual({ [parameter]: wanted });
        if (text === null) expect(Object.keys(signature.positional)).toContain(camelCase(parameter));
      }
    });
  }
});
