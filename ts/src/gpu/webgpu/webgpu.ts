import { GradloomError } from "../../error.ts";
import { maybe, type OptionsOf, oneOf, parse, real, unchecked } from "../../options.ts";
import type { WebGpuEngine } from "../../train/device-engine.ts";
import type { GpuLimits } from "../gpu-plan.ts";
import type { LowerPlan } from "../lowering.ts";
import { descriptionOf, LIMITS, lowered, requestDevice } from "./device.ts";
import { bufferEngine } from "./engine.ts";
import { WebGpuExecutor } from "./executor.ts";

const OPTIONS = {
  /** The device to run on; by default one of our own, with all that its adapter allows. */
  device: unchecked<GPUDevice | undefined>(undefined),
  /** Where a device of our own comes from, by default `navigator.gpu`. */
  gpu: unchecked<GPU | undefined>(undefined),
  /** Which adapter a device of our own is to be of. */
  power: maybe(oneOf(["low-power", "high-performance"], "high-performance")),
  /** Limits to keep to, where they are lower than the device's, under WebGPU's names. */
  limits: unchecked<Partial<GpuLimits>>({}),
};

/** The options of `gpu.webgpu`. */
export type WebGpuOptions = OptionsOf<typeof OPTIONS>;

const LIMIT = real(1, { min: 1, integer: true });

const checkLimits = (limits: Partial<GpuLimits>): Partial<GpuLimits> => {
  for (const [name, value] of Object.entries(limits)) {
    if (!(LIMITS as readonly string[]).includes(name)) {
      throw new GradloomError("UNKNOWN_OPTION", "there is no such limit.", {
        path: `gpu.webgpu.limits.${name}`,
        remedy: `The limits are ${LIMITS.join(", ")}.`,
      });
    }
    LIMIT.check(value, `gpu.webgpu.limits.${name}`);
  }
  return limits;
};

const hostGpu = (): GPU | undefined => (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;

/** An engine on a `GPUDevice`: the caller's, or one of our own. */
export const webGpuEngine = async (
  lowerPlan: LowerPlan,
  options: WebGpuOptions | undefined,
): Promise<WebGpuEngine> => {
  const { device: given, gpu, power, limits } = parse("gpu.webgpu", OPTIONS, options);
  checkLimits(limits);
  const device = given ?? (await requestDevice(gpu ?? hostGpu(), power ?? undefined));
  const executor = new WebGpuExecutor(device, descriptionOf(device), lowered(device, limits));
  return bufferEngine(executor, lowerPlan);
};
