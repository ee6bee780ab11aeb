import type { ElementArray } from "../../pytree/dtype.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import type { GpuDtype } from "../gpu-plan.ts";
import { bytesFor, fromDevice } from "../storage.ts";
import type { Borrowed } from "./memory.ts";
import type { BufferPart } from "./reader.ts";
import type { WebGpuSession } from "./session.ts";

/** The most bytes that are read together, through one staging buffer. */
const TOGETHER = 1 << 28;

const grouped = (parts: readonly BufferPart[]): BufferPart[][] => {
  const groups: BufferPart[][] = [];
  let room = 0;
  for (const part of parts) {
    if (part.size > room || groups.length === 0) {
      groups.push([]);
      room = TOGETHER;
    }
    groups.at(-1)?.push(part);
    room -= part.size;
  }
  return groups;
};

/** Reads leaves from borrowed buffers. */
export const readBorrowed = async (
  session: WebGpuSession,
  borrowed: readonly Borrowed[],
  leaves: readonly LeafSpec[],
  storage: GpuDtype,
): Promise<ElementArray[]> => {
  const parts = borrowed.map((slice, leaf) => ({
    ...slice,
    size: bytesFor(leaves[leaf]?.size ?? 0, storage),
  }));
  const arrays: ElementArray[] = [];
  for (const group of grouped(parts)) {
    const bytes = await session.readParts(group);
    let place = 0;
    for (const part of group) {
      const { size, dtype } = leaves[arrays.length] as LeafSpec;
      arrays.push(fromDevice(bytes.slice(place, place + part.size), size, storage, dtype));
      place += part.size;
    }
  }
  return arrays;
};
