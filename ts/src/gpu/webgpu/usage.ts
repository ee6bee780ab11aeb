/** WebGPU's `GPUBufferUsage` flags, which are no globals in Node. */
export const USAGE = {
  mapRead: 0x01,
  copySource: 0x04,
  copyTarget: 0x08,
  uniform: 0x40,
  storage: 0x80,
} as const;

export const MAP_READ = 1;

export const COMPUTE_STAGE = 4;

/** The usage flags that buffers of adopted parameters must have. */
export const ADOPTED = USAGE.storage | USAGE.copySource;
