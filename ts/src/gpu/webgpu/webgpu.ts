import { GradloomError } from "../../error.ts";
import { type Field, maybe, type OptionsOf, oneOf, parse, real, unchecked } from "../../options.ts";
import { isPlainObject } from "../../pytree/tree-def.ts";
import type { WebGpuEngine } from "../../train/device-engine.ts";
import type { HostGpu, HostGpuDevice } from "../../train/web-gpu-types.ts";
import type { GpuLimits } from "../gpu-plan.ts";
import type { LowerPlan } from "../lowering.ts";
import { descriptionOf, LIMITS, lowered, requestDevice } from "./device.ts";
import { BufferEngine } from "./engine.ts";
import { WebGpuExecutor } from "./executor.ts";

const OPTIONS = {
  /** The device to run on; by default a new one with the highest limits of its adapter. */
  device: unchecked(undefined) as Field<HostGpuDevice | undefined>,
  /** The `GPU` from which a new device is requested, by default `navigator.gpu`. */
  gpu: unchecked(undefined) as Field<HostGpu | undefined>,
  /** The preferred kind of adapter for a new device. */
  power: maybe(oneOf(["low-power", "high-performance"], "high-performance")),
  /** Limits below those of the device, under WebGPU's names. */
  limits: unchecked<Partial<GpuLimits>>({}),
};

/** The options of `gpu.webgpu`. */
export type WebGpuOptions = OptionsOf<typeof OPTIONS>;

const LIMIT = real(1, { min: 1, max: 2 ** 64, integer: true });

const notA = (what: string, path: string, remedy: string): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", `this is no ${what}.`, { path: `gpu.webgpu.${path}`, remedy });

const checkDevice = (device: Partial<GPUDevice> | null | undefined): void => {
  if (device === undefined || (device?.queue && device.limits && device.lost)) return;
  throw notA("GPUDevice", "device", "Pass what adapter.requestDevice() resolves to.");
};

const checkGpu = (gpu: Partial<GPU> | null | undefined): void => {
  if (gpu === undefined || typeof gpu?.requestAdapter === "function") return;
  throw notA("GPU", "gpu", "Pass navigator.gpu, or what create([]) of the package webgpu returns.");
};

const checkLimits = (limits: Partial<GpuLimits>): Partial<GpuLimits> => {
  if (!isPlainObject(limits)) throw notA("record of limits", "limits", "Write { maxBufferSize: 2 ** 28 }.");
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

/** Makes an engine on a `GPUDevice`: the caller's, or a new one. */
export const webGpuEngine = async (
  lowerPlan: LowerPlan,
  options: WebGpuOptions | undefined,
): Promise<WebGpuEngine> => {
  const { device: given, gpu, power, limits } = parse("gpu.webgpu", OPTIONS, options);
  checkDevice(given);
  checkGpu(gpu);
  checkLimits(limits);
  const device = given ?? (await requestDevice(gpu ?? hostGpu(), power ?? undefined));
  const executor = new WebGpuExecutor(device, descriptionOf(device), lowered(device, limits));
  return new BufferEngine(executor, lowerPlan);
};
