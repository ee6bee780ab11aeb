import * as gl from "../../../ts/src/entry/browser.ts";

await gl.init();

/** What this run of the tests is about. */
export const gpuName = "chromium";

/** A page has one CPU engine. */
export const cpuEngines = ["wasm", "wasm"] as const;

/** One device for all tests of a file. Where there is none, the tests fail. */
export const engine = await gl.gpu.webgpu();

export { gl };
