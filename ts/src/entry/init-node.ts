import { builtin } from "../engine/binary.ts";
import { noticeFallback } from "../engine/fallback-notice.ts";
import { loadWasm, nativeEngine, nativeObstacle, wasmEngine } from "../engine/node.ts";
import { getEngine, registerDefault, registerEngine } from "../engine/registry.ts";
import { type Fetch, loadModule } from "./load-module.ts";
import type { WasmSource } from "./wasm-source.ts";

registerEngine("native", nativeEngine);
registerEngine("wasm", wasmEngine);
registerDefault(() => {
  const obstacle = nativeObstacle();
  if (!obstacle) return "native";
  loadWasm();
  noticeFallback(obstacle);
  return "wasm";
});

/** Gets what is at an address, which is the path of a file unless it has another scheme. */
const fetchOrRead: Fetch = async (address) => {
  const text = String(address);
  if (/^(?!file:)[a-z][a-z\d+.-]+:/i.test(text)) return fetch(text);
  const path = text.startsWith("file:") ? builtin("node:url").fileURLToPath(text) : text;
  return builtin("node:fs").promises.readFile(path);
};

/**
 * Loads the engine now rather than at its first use. Only browsers need this call; here it makes code portable.
 *
 * @param source - the module of the WebAssembly engine, if it is not that of the package: an address or a path, a Response or a promise of one, its bytes, or the compiled module. The native engine stays the default
 * @throws GradloomError `ENGINE_UNAVAILABLE` says why it could not be loaded
 */
export const init = async (source?: WasmSource): Promise<void> => {
  if (source !== undefined) loadWasm(await loadModule(source, fetchOrRead));
  getEngine();
};
