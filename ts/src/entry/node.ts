import { noticeFallback } from "../engine/fallback-notice.ts";
import { nativeEngine, nativeObstacle, wasmEngine } from "../engine/node.ts";
import { getEngine, registerDefault, registerEngine } from "../engine/registry.ts";

export type { NativeOptions } from "../engine/native.ts";
export * from "../index.ts";
export * as gpu from "./gpu-node.ts";
export { nativeEngine, wasmEngine };

registerEngine("native", nativeEngine);
registerEngine("wasm", wasmEngine);
registerDefault(() => {
  const obstacle = nativeObstacle();
  if (obstacle === undefined) return "native";
  noticeFallback(obstacle);
  return "wasm";
});

/** Loads the engine now rather than at its first use. Only browsers need this call; here it makes code portable. */
export const init = async (): Promise<void> => {
  getEngine();
};
