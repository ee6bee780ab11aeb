import { describe, expect, it } from "vitest";
import { ErrorScopes } from "./error-scopes.ts";

/** Makes a device whose error scope of one kind has found an error. */
const deviceWith = (failing: GPUErrorFilter | undefined): GPUDevice => {
  const filters: GPUErrorFilter[] = [];
  const device = {
    lost: new Promise(() => undefined),
    pushErrorScope: (filter: GPUErrorFilter) => filters.push(filter),
    popErrorScope: async () => (filters.pop() === failing ? { message: "no luck" } : null),
  };
  return device as unknown as GPUDevice;
};

describe("an error of a device", () => {
  it.each([
    ["out-of-memory", "OUT_OF_MEMORY", "engine: the GPU has no room for the state: no luck. "],
    ["validation", "INTERNAL", "engine: the state: no luck. "],
    ["internal", "INTERNAL", "engine: the state: no luck. "],
  ] as const)("of the kind %s has a path and a remedy", async (filter, code, text) => {
    const scopes = new ErrorScopes(deviceWith(filter));
    await expect(scopes.watch("the state", () => 1)).rejects.toMatchObject({
      code,
      path: "engine",
      message: expect.stringContaining(text),
      remedy: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it("has a path and a remedy where a promise is rejected, and its cause", async () => {
    const cause = new Error("mapping failed");
    const scopes = new ErrorScopes(deviceWith(undefined));
    await expect(scopes.waiting(Promise.reject(cause))).rejects.toMatchObject({
      code: "INTERNAL",
      path: "engine",
      cause,
      remedy: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });
});
