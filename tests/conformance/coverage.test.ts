import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { exportedNames, exportedValues } from "../docs/exports.ts";
import { rows } from "./node-fixtures.ts";

const at = (name: string): unknown =>
  name.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], gl);

/** Names of the functions that are declared below some folders of ts/src. */
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
  }

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
