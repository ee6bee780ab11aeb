import * as gl from "../../ts/src/entry/node.ts";

/** The engine that this run of the tests is about: `dawn` is WebGPU in Node, `gpu` the addon. */
export const gpuName = process.env.GRADLOOM_TEST_GPU ?? "dawn";

const open = async (): Promise<gl.DeviceEngine> => {
  if (gpuName === "gpu") return gl.gpu.native();
  await import("./dawn.ts");
  return gl.gpu.webgpu();
};

/** The CPU engines of this process. */
export const cpuEngines = ["native", "wasm"] as const;

/** One device for all tests of a file. Where there is none, the tests fail. */
export const engine = await open();

export { gl };
