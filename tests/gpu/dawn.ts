/** WebGPU in Node: gives this process a `navigator.gpu`, as a page has one. */
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

/** The instance of Dawn: WebGPU works for as long as it is referenced. */
export const gpu: GPU = create([]);

// Node 20 has no navigator; jax-js asks for its agent.
const navigator = (globalThis.navigator ?? { userAgent: "Node.js" }) as object;
Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
