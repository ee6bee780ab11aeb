/** WebGPU as a page has it. */
export const gpu: GPU = navigator.gpu;
