import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";

const message = /the project `plain` has no engine/;
const params = { w: new Float32Array(1) };

/** Returns the names of all engines, as the error for an unknown one lists them. */
const registered = (): string[] => {
  try {
    gl.setEngine("unknown");
  } catch (error) {
    return (error as Error).message.match(/The names are (.*?);/)?.[1]?.split(", ") ?? [];
  }
  return [];
};

describe("the project `plain`", () => {
  it("has no engine by default", () => {
    expect(() => gl.TrainState.create({ params, tx: gl.sgd(1) })).toThrow(message);
    expect(() => gl.sgd(1).update(params, gl.sgd(1).init(params))).toThrow(message);
  });

  it("has no engine by name either", () => {
    expect(registered()).toEqual(["native", "wasm"]);
    for (const engine of registered()) {
      expect(() => gl.setEngine(engine)).toThrow(message);
      expect(() => gl.TrainState.create({ params, tx: gl.sgd(1), engine })).toThrow(message);
    }
  });
});
