import { nativeEngine, nativeObstacle, wasmEngine } from "../engine/node.ts";
import { getEngine, registerEngine } from "../engine/registry.ts";

export type { NativeOptions } from "../engine/native.ts";
export * from "../index.ts";
export * as gpu from "./gpu-node.ts";
export { nativeEngine, wasmEngine };

const obstacle = nativeObstacle();
if (obstacle) {
  process.emitWarning(`${obstacle} Running on WebAssembly, which is slower.`, { type: "GradloomWarning" });
  registerEngine("wasm", wasmEngine);
}
registerEngine("native", nativeEngine);
registerEngine("wasm", wasmEngine);

/** Loads the engine now rather than at its first use. Only browsers need this call; here it makes code portable. */
export const init = async (): Promise<void> => {
  getEngine();
};
