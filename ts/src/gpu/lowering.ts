import { calling } from "../engine/failure.ts";
import type { Lowering } from "../plan/lowering.ts";
import type { GpuPlan, GpuRequest } from "./gpu-plan.ts";
import { namingTransformation } from "./refusals.ts";

/** The type of `lower` of the WebAssembly module: takes a plan and a `GpuRequest` as JSON, returns a `GpuPlan` as JSON. */
export type LowerPlan = (plan: Uint8Array, request: string) => string;

/** Lowers a plan for a device. Throws UNSUPPORTED where it has a kernel without a shader, LIMIT_EXCEEDED where it is too large. */
export const lowerForDevice = (lower: LowerPlan, { builder }: Lowering, request: GpuRequest): GpuPlan => {
  const plan = builder.encode("apply");
  return namingTransformation(
    builder,
    () => JSON.parse(calling(() => lower(plan, JSON.stringify(request)))) as GpuPlan,
  );
};
