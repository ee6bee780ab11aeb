import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../types.ts";
import * as gl from "./index.ts";

interface Row {
  readonly optax: string;
  readonly ours: string;
  readonly counts?: readonly [first: number, last: number];
  readonly raises?: string;
}

/** A row of the fixture that tests/golden/make_schedules.py writes. */
interface Fixture {
  readonly optax: string;
  readonly values?: readonly number[];
  readonly raises?: string;
}

/** Relative to the value, and to the greatest value in the row where sums cancel. Both sides are doubles. */
const TOLERANCE = { value: 1e-12, row: 1e-16 };

const golden = new URL("../../../tests/golden/", import.meta.url);
const rows = parse(readFileSync(new URL("schedules.toml", golden), "utf8")) as unknown as Record<string, Row>;
const fixtures: Record<string, Fixture> = JSON.parse(
  readFileSync(new URL("fixtures/schedules.json", golden), "utf8"),
);

const evaluate = (expression: string): Schedule => new Function("gl", `return ${expression}`)(gl);

describe("schedules give the numbers of Optax", () => {
  it("has a fixture, made from the same expression, for every row", () => {
    const expressions = (table: Record<string, Row | Fixture>) =>
      Object.entries(table).map(([name, { optax }]) => [name, optax]);
    expect(expressions(fixtures)).toEqual(expressions(rows));
  });

  it("has a row for every exported schedule", () => {
    const schedules = Object.keys(gl).filter((name) => name !== "WrappedSchedule");
    const tested = Object.values(rows).map(({ ours }) => ours);
    const missing = schedules.filter(
      (name) => !tested.some((expression) => expression.startsWith(`gl.${name}(`)),
    );
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(rows))("%s", (name, { ours, counts, raises }) => {
    if (raises !== undefined) {
      const path = `${ours.slice("gl.".length, ours.indexOf("("))}.${raises}`;
      expect(() => evaluate(ours)).toThrowError(
        expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path }),
      );
      expect(fixtures[name]?.raises).toBeTruthy();
      return;
    }
    const expected = fixtures[name]!.values!;
    const [first, last] = counts!;
    expect(expected.length).toBe(last - first + 1);
    const schedule = evaluate(ours);
    const rounding = TOLERANCE.row * Math.max(...expected.map(Math.abs));
    for (const [i, value] of expected.entries()) {
      expect(Math.abs(schedule(first + i) - value), `at count ${first + i}`).toBeLessThanOrEqual(
        TOLERANCE.value * Math.abs(value) + rounding,
      );
    }
  });
});
