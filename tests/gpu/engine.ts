import * as gl from "../../ts/src/entry/node.ts";

/** The name of the engine under test: `dawn` is WebGPU in Node, `gpu` the addon. */
export const gpuName = process.env.GRADLOOM_TEST_GPU ?? "dawn";

const open = async (): Promise<gl.DeviceEngine> => {
  if (gpuName === "gpu") return gl.gpu.native();
  await import("./dawn.ts");
  return gl.gpu.webgpu();
};

/** The CPU engines of this process. */
export const cpuEngines = ["native", "wasm"] as const;

/** The GPU engine for all tests of a file. Where the machine has no GPU, they fail. */
export const engine = await open();

export { gl };
