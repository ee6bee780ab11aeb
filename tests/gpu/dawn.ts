/** WebGPU in Node: gives this process a `navigator.gpu`, as a page has one. */
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

/** What Dawn gives must be held for as long as the process lives. */
export const gpu: GPU = create([]);

const navigator = (globalThis.navigator ?? {}) as object;
Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
