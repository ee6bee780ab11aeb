/** A type of WebGPU if the program declares it, otherwise a substitute. */
export type HostType<Name extends string, Otherwise = object> = typeof globalThis extends {
  readonly [K in Name]: { readonly prototype: infer T };
}
  ? T
  : Otherwise;

/** `GPU`, where it is declared. */
export type HostGpu = HostType<"GPU">;

/** `GPUDevice`, where it is declared. */
export type HostGpuDevice = HostType<"GPUDevice">;

/** `GPUCommandEncoder`, where it is declared. */
export type HostGpuCommandEncoder = HostType<"GPUCommandEncoder">;

/** `GPUBuffer`, where it is declared; `never` otherwise. */
export type HostGpuBuffer = HostType<"GPUBuffer", never>;
