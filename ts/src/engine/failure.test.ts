import { describe, expect, it } from "vitest";
import { expectRefusal } from "../../../tests/property/refusal.ts";
import { GradloomError } from "../error.ts";
import { calling, toGradloomError } from "./failure.ts";

const throwing = (error: unknown) => () =>
  calling(() => {
    throw error;
  });

describe("an error of a binding", () => {
  // All codes of the crates and the bindings.
  it.each([
    ["INVALID_PLAN", "plan"],
    ["OUT_OF_MEMORY", "engine"],
    ["ENGINE_UNAVAILABLE", "engine"],
    ["UNSUPPORTED", "engine"],
    ["LIMIT_EXCEEDED", "engine"],
    ["DEVICE_LOST", "engine"],
    ["DISPOSED", "engine"],
    ["DTYPE_MISMATCH", "engine"],
    ["SHAPE_MISMATCH", "engine"],
    ["DETACHED_MEMORY", "engine"],
    ["INVALID_STATE", "engine"],
    ["INVALID_FILE", "file"],
    ["INTERNAL", "engine"],
  ])("%s has a path and a remedy", (code, path) => {
    expectRefusal(throwing(new Error(`${code}: no memory for the slots`)), { code, path });
  });

  it("keeps its text and its cause", () => {
    const cause = new Error("OUT_OF_MEMORY: no memory for the slots");
    const { message, remedy } = toGradloomError(cause);
    expect(message).toBe(`engine: no memory for the slots. ${remedy}`);
    expect(toGradloomError(cause).cause).toBe(cause);
  });

  it.each([new WebAssembly.RuntimeError("unreachable"), new Error("ODD: x"), "a string"])(
    "is INTERNAL where it is something else: %s",
    (error) => expectRefusal(throwing(error), { code: "INTERNAL", path: "engine" }),
  );

  it("is passed on where it is known", () => {
    const known = new GradloomError("DISPOSED", "gone.");
    expect(toGradloomError(known)).toBe(known);
  });
});
