import { dist, folderOf, loadBinary, remedyFor } from "./binary.ts";

/** The exports of `bindings/gpu`. */
export interface GpuAddon {
  readonly Device: { open(name: string | undefined, lowPower: boolean): Promise<GpuAddonDevice> };
}

/** An open GPU, shared by all sessions that ask for the same one. */
export interface GpuAddonDevice {
  readonly description: string;
  /** Returns a `GpuLimits` as JSON. */
  limits(): string;
  /** Opens a session of a `GpuPlan`, given as JSON. */
  session(plan: string): Promise<GpuAddonSession>;
  /** Destroys the device, also for its other users. */
  destroy(): void;
}

/** A plan with its memory on a GPU. Errors are `CODE: text`. */
export interface GpuAddonSession {
  write(buffer: number, offset: number, bytes: Uint8Array): void;
  read(buffer: number, offset: number, size: number): Promise<Uint8Array>;
  run(phases: Uint32Array, scalars: Float32Array): void;
  keep(buffers: Uint32Array): void;
  restore(buffers: Uint32Array): void;
  close(): void;
}

const PACKAGE = "gradloom-gpu";

/** Returns the folder of the addon: its own package, or the repository's dist folder. */
const folder = (): string => folderOf(PACKAGE) ?? dist("gpu");

let addon: GpuAddon | undefined;

/** Returns the GPU addon, loaded once. Throws ENGINE_UNAVAILABLE where it is not installed. */
export const gpuAddon = (): GpuAddon => {
  addon ??= loadBinary<GpuAddon>(folder(), PACKAGE, remedyFor(`Install the package ${PACKAGE}`));
  return addon;
};
