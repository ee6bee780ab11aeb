/** Replaces tests/gpu/dawn.ts in a page, which has WebGPU by itself. */
export const gpu: GPU = navigator.gpu;
