import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/browser.ts";
import { conformance } from "../conformance/conformance.ts";
import { load, rows } from "./page-fixtures.ts";

describe("before gl.init", () => {
  it("the engine is not ready, and the error says what to do", () => {
    expect(() => gl.getEngine()).toThrow(/await gl\.init\(\)/);
    expect(() => gl.getEngine()).toThrow(expect.objectContaining({ code: "ENGINE_NOT_READY" }));
  });

  it("an engine that browsers do not have is refused", () => {
    expect(() => gl.setEngine("native")).toThrow(expect.objectContaining({ code: "ENGINE_UNAVAILABLE" }));
  });

  it("a module that is not there is refused, and init can be called again", async () => {
    await expect(gl.init("/no-such-module.wasm")).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
    await gl.init();
    await gl.init();
    expect(gl.getEngine().name).toBe("wasm");
  });
});

describe("conformance with Optax in a browser", () => {
  conformance({ gl, rows, load, describe, it });
});
