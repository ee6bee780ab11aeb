import { describe, expect, it } from "vitest";
import { expectFixture } from "./conformance.ts";

const steps = [[1], [2]];
const outcome = { perStep: steps, params: [3], state: new Map([["count", [2]]]), tree: {} };
const fixture = { updates: steps, params: [3], state: { count: 2 }, types: {}, paramsLike: [], results: [] };

describe("the comparison with a fixture", () => {
  it("accepts the same numbers", () => {
    expectFixture(outcome, fixture, 0);
  });

  it.each([
    ["fewer steps", { updates: [] }, "ran 2 steps, the fixture has 0"],
    ["more steps", { updates: [[1], [2], [3]] }, "ran 2 steps, the fixture has 3"],
    ["another update", { updates: [[1], [2.5]] }, "updates of step 1, element 0: got 2, expected 2.5"],
    ["other parameters", { params: [4] }, "params, element 0"],
    ["another state", { state: { count: 3 } }, "state.count, element 0"],
  ])("refuses %s", (_, change, message) => {
    expect(() => expectFixture(outcome, { ...fixture, ...change }, 0)).toThrow(message);
  });
});
