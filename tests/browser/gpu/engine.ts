import * as gl from "../../../ts/src/entry/browser.ts";

await gl.init();

/** The name of the engine under test. */
export const gpuName = "chromium";

/** The CPU engines of a page: there is one. */
export const cpuEngines = ["wasm", "wasm"] as const;

/** The GPU engine for all tests of a file. Where the page has no GPU, they fail. */
export const engine = await gl.gpu.webgpu();

export { gl };
