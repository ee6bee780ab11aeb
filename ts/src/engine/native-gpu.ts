import { GradloomError } from "../error.ts";
import { dist, folderOf, loadBinary } from "./binary.ts";

/** What `bindings/gpu` exports. */
export interface GpuAddon {
  readonly Device: { open(name: string | undefined, lowPower: boolean): Promise<GpuAddonDevice> };
}

/** A GPU that has been opened, shared by all who ask for the same one. */
export interface GpuAddonDevice {
  readonly description: string;
  /** As JSON. */
  limits(): string;
  /** Takes a `GpuPlan` as JSON. */
  session(plan: string): Promise<GpuAddonSession>;
  /** Ends the device for everyone who uses it. */
  destroy(): void;
}

/** A plan with its memory. Errors are `CODE: text`. */
export interface GpuAddonSession {
  write(buffer: number, offset: number, bytes: Uint8Array): void;
  read(buffer: number, offset: number, size: number): Promise<Uint8Array>;
  run(phases: Uint32Array, scalars: Float32Array): void;
  keep(buffers: Uint32Array): void;
  restore(buffers: Uint32Array): void;
  close(): void;
}

const PACKAGE = "gradloom-gpu";

/** Where the addon lies: in a package of its own, and in the repository with what is built. */
const folder = (): string => {
  try {
    return folderOf(PACKAGE);
  } catch {
    return dist("gpu");
  }
};

let addon: GpuAddon | GradloomError | undefined;

/** The addon of the GPU. Throws ENGINE_UNAVAILABLE where it is not installed. */
export const gpuAddon = (): GpuAddon => {
  const remedy = `Install the package ${PACKAGE} (in gradloom's repository: npm run build), or choose another engine.`;
  addon ??= loadBinary<GpuAddon>(folder(), PACKAGE, remedy);
  if (addon instanceof GradloomError) throw addon;
  return addon;
};
