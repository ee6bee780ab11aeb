import { GradloomError } from "../../error.ts";
import type { GpuLimits } from "../gpu-plan.ts";

/** The limits that plans depend on. */
export const LIMITS = [
  "maxStorageBuffersPerShaderStage",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxComputeWorkgroupsPerDimension",
  "maxBufferSize",
] as const satisfies readonly (keyof GpuLimits)[];

const noAdapter = (message: string, cause?: unknown): GradloomError =>
  new GradloomError("ENGINE_UNAVAILABLE", message, {
    path: "engine",
    remedy: "Use a browser with WebGPU, pass { gpu } or { device }, or use a CPU engine.",
    cause,
  });

const describe = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  ["webgpu", ...new Set([vendor, architecture || device, description])].filter(Boolean).join(" ");

/** Returns a description of a device to display. */
export const descriptionOf = (device: GPUDevice): string =>
  device.adapterInfo ? describe(device.adapterInfo) : "webgpu";

const limitsOf = (limits: GPUSupportedLimits): GpuLimits =>
  Object.fromEntries(LIMITS.map((name) => [name, limits[name]])) as unknown as GpuLimits;

/** Returns the limits of a device, lowered to those that are asked for. */
export const lowered = (device: GPUDevice, asked: Partial<GpuLimits>): GpuLimits => {
  const limits = limitsOf(device.limits);
  const least = (name: keyof GpuLimits): number => Math.min(limits[name], asked[name] ?? limits[name]);
  return Object.fromEntries(LIMITS.map((name) => [name, least(name)])) as unknown as GpuLimits;
};

/** Requests a device with the highest limits of its adapter. */
export const requestDevice = async (
  gpu: GPU | undefined,
  powerPreference: GPUPowerPreference | undefined,
): Promise<GPUDevice> => {
  if (!gpu) throw noAdapter("there is no WebGPU here.");
  const options = powerPreference === undefined ? {} : { powerPreference };
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) throw noAdapter("WebGPU has no adapter.");
  const most = { ...limitsOf(adapter.limits) } as Record<string, number>;
  try {
    return await adapter.requestDevice({ label: "gradloom", requiredLimits: most });
  } catch (cause) {
    throw noAdapter("the adapter gives no device.", cause);
  }
};
