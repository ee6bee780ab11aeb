import type { ElementArray } from "../../pytree/dtype.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import type { GpuDtype } from "../gpu-plan.ts";
import { bytesFor, fromDevice } from "../storage.ts";
import type { Loan } from "./memory.ts";
import type { WebGpuSession } from "./session.ts";

/** Reads leaves that lie in buffers of the caller's. */
export const readLoans = async (
  session: WebGpuSession,
  loans: readonly Loan[],
  leaves: readonly LeafSpec[],
  storage: GpuDtype,
): Promise<ElementArray[]> => {
  const arrays: ElementArray[] = [];
  for (const [leaf, { buffer, offset }] of loans.entries()) {
    const { size, dtype } = leaves[leaf] as LeafSpec;
    const bytes = await session.readFrom(buffer, offset, bytesFor(size, storage));
    arrays.push(fromDevice(bytes, size, storage, dtype));
  }
  return arrays;
};
