import { awaiting, calling } from "../engine/failure.ts";
import type { GpuAddon, GpuAddonDevice, GpuAddonSession } from "../engine/native-gpu.ts";
import { GradloomError } from "../error.ts";
import { maybe, type OptionsOf, oneOf, parse, unchecked } from "../options.ts";
import type { DeviceEngine } from "../train/device-engine.ts";
import { deviceEngine } from "./create.ts";
import type { GpuLimits, GpuPlan } from "./gpu-plan.ts";
import type { LowerPlan } from "./lowering.ts";
import type { GpuExecutor, GpuSession } from "./session.ts";

class NativeGpuSession implements GpuSession {
  readonly plan: GpuPlan;
  readonly #core: GpuAddonSession;

  constructor(plan: GpuPlan, core: GpuAddonSession) {
    this.plan = plan;
    this.#core = core;
  }

  write(buffer: number, offset: number, bytes: Uint8Array): void {
    calling(() => this.#core.write(buffer, offset, bytes));
  }

  read(buffer: number, offset: number, size: number): Promise<Uint8Array> {
    return awaiting(() => this.#core.read(buffer, offset, size));
  }

  run(phases: readonly number[], scalars: Float32Array): undefined {
    calling(() => this.#core.run(Uint32Array.from(phases), scalars));
  }

  save(buffers: readonly number[]): void {
    calling(() => this.#core.keep(Uint32Array.from(buffers)));
  }

  restore(buffers: readonly number[]): void {
    calling(() => this.#core.restore(Uint32Array.from(buffers)));
  }

  close(): void {
    this.#core.close();
  }
}

/** An executor of plans on a GPU, through the addon. */
export class NativeGpuExecutor implements GpuExecutor<NativeGpuSession> {
  readonly name = "gpu";
  readonly description: string;
  readonly limits: GpuLimits;
  readonly #device: GpuAddonDevice;

  constructor(device: GpuAddonDevice) {
    this.#device = device;
    this.description = device.description;
    this.limits = JSON.parse(device.limits()) as GpuLimits;
  }

  async open(plan: GpuPlan): Promise<NativeGpuSession> {
    return new NativeGpuSession(plan, await awaiting(() => this.#device.session(JSON.stringify(plan))));
  }
}

const OPTIONS = {
  /** A part of the name of the GPU or of its driver, in upper or lower case; by default any GPU. */
  adapter: maybe(unchecked<string>("")),
  /** The preferred kind of GPU where there are several. */
  power: oneOf(["low-power", "high-performance"], "high-performance"),
};

/** The options of `gpu.native`. */
export type NativeGpuOptions = OptionsOf<typeof OPTIONS>;

/** Makes an engine on a GPU of this machine. */
export const nativeGpuEngine = async (
  addon: GpuAddon,
  lowerPlan: LowerPlan,
  options: NativeGpuOptions | undefined,
): Promise<DeviceEngine> => {
  const { adapter, power } = parse("gpu.native", OPTIONS, options);
  if (adapter !== null && typeof adapter !== "string") {
    throw new GradloomError("INVALID_HYPERPARAMETER", "an adapter has a name.", {
      path: "gpu.native.adapter",
      remedy: 'Pass a part of its name, for example "nvidia".',
    });
  }
  const device = await awaiting(() => addon.Device.open(adapter ?? undefined, power === "low-power"));
  return deviceEngine(new NativeGpuExecutor(device), lowerPlan);
};
