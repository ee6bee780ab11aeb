import { afterEach, expect, it, vi } from "vitest";

/** Loads a copy of the module, as a program with two copies of the library does. */
const load = async (): Promise<typeof import("./fallback-notice.ts")> => {
  vi.resetModules();
  return import("./fallback-notice.ts");
};

afterEach(() => {
  vi.restoreAllMocks();
  Reflect.deleteProperty(process, Symbol.for("gradloom.fallbackNotice"));
});

it("is given once in a process, whichever copy of the library gives it", async () => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const [one, other] = [await load(), await load()];
  expect(one.noticeFallback).not.toBe(other.noticeFallback);
  one.noticeFallback("There is no native binary for this machine.");
  other.noticeFallback("There is no native binary for this machine.");
  one.noticeFallback("There is no native binary for this machine.");
  expect(emitWarning).toHaveBeenCalledTimes(1);
  expect(emitWarning).toHaveBeenCalledWith(
    'There is no native binary for this machine. Running on WebAssembly: the same results, more slowly. gl.setEngine("wasm") chooses it without this notice.',
    { type: "GradloomWarning" },
  );
});
