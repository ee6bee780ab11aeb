/** WebGPU in Node: gives this process a `navigator.gpu`, as a page has one. */
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

/** The instance of Dawn: WebGPU works for as long as it is referenced. */
export const gpu: GPU = create([]);

const navigator = (globalThis.navigator ?? {}) as object;
Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
