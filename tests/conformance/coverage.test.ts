import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { signatureOf } from "../../ts/src/define.ts";
import * as gl from "../../ts/src/entry/node.ts";
import { exportedNames, exportedValues } from "../docs/exports.ts";
import { rows } from "./node-fixtures.ts";

const at = (name: string): unknown =>
  name.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], gl);

/** Lists the exported functions that are declared in some folders of ts/src. */
const functionsIn = (folders: RegExp): string[] =>
  exportedValues()
    .filter(
      ({ file, name }) =>
        folders.test(file) && typeof at(name) === "function" && /(^|\.)[a-z]\w*$/.test(name),
    )
    .map(({ name }) => name);

const names = functionsIn(/^(optimizers|transforms|combine|contrib)\//);
const schedules = functionsIn(/^schedules\//);

const scheduleRows = Object.values(
  parse(readFileSync(new URL("../golden/schedules.toml", import.meta.url), "utf8")) as unknown as Record<
    string,
    { ours: string }
  >,
);

/** The number of steps that tells a moving average, a schedule or a period from formulas that start alike. */
const LONG = 6;

/** The options that no row of their function names, with the reason. */
const OPTIONS_ELSEWHERE: Readonly<Record<string, string>> = {
  "contrib.differentiallyPrivateAggregate.seed": "Optax has one argument, key, which takes both",
  "contrib.sophia.verbose": "prints; changes no number",
  "contrib.sophia.printWinRateEveryNSteps": "prints; changes no number",
  "scaleByBacktrackingLinesearch.verbose": "prints; changes no number",
  "scaleByZoomLinesearch.verbose": "prints; changes no number",
  "adafactor.decayOffset": "Optax gives NaN for ever from a fresh state; passed on to stepOffset",
  "scaleByFactoredRms.stepOffset": "Optax gives NaN for ever from a fresh state; tested where it is defined",
};

/** Lists the options of a function that none of its rows names. */
const optionsWithoutRow = (name: string): string[] => {
  const texts = rows.filter((row) => row.covers === name).map((row) => row.gradloom);
  return Object.keys(signatureOf(at(name))?.fields ?? {})
    .filter((option) => !texts.some((text) => new RegExp(`\\b${option}:`).test(text)))
    .map((option) => `${name}.${option}`);
};

describe("golden rows", () => {
  it("there are names to cover", () => {
    expect(names).toEqual(expect.arrayContaining(["adamw", "chain", "trace", "injectHyperparams"]));
    expect(schedules).toContain("linearSchedule");
  });

  for (const name of names) {
    it(`${name} has at least two rows`, () => {
      const own = rows.filter((row) => row.covers === name);
      expect(own.length, `add rows under [${name}] in tests/golden/cases`).toBeGreaterThan(1);
      for (const row of own) expect(row.gradloom).toContain(`gl.${name}(`);
    });

    it(`${name} has at least two rows of ${LONG} steps, or of a function's results`, () => {
      const long = rows.filter(
        ({ covers, steps, kind }) => covers === name && (steps >= LONG || kind === "function"),
      );
      expect(long.length).toBeGreaterThan(1);
    });

    it(`${name} has a row with each of its options`, () => {
      expect(optionsWithoutRow(name).filter((option) => !(option in OPTIONS_ELSEWHERE))).toEqual([]);
    });
  }

  it("has no needless exception among the options", () => {
    const missing = names.flatMap(optionsWithoutRow);
    expect(Object.keys(OPTIONS_ELSEWHERE).filter((option) => !missing.includes(option))).toEqual([]);
  });

  it("every row covers something that is exported", () => {
    const known = new Set(exportedNames());
    expect(rows.map((row) => row.covers).filter((name) => !known.has(name))).toEqual([]);
  });

  for (const name of schedules) {
    it(`the schedule ${name} has a row`, () => {
      expect(scheduleRows.some((row) => row.ours.startsWith(`gl.${name}(`))).toBe(true);
    });
  }
});
