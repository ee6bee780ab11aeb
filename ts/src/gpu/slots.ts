import type { SlotRef } from "../plan/state.ts";
import { DTYPES, type ElementArray } from "../pytree/dtype.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import type { GpuPlace, GpuPlan, GpuPlanBuffer } from "./gpu-plan.ts";
import type { GpuSession } from "./session.ts";
import { bytesFor, fromDevice, toDevice } from "./storage.ts";

/** The place of a leaf that the plan does not use. */
export const NOWHERE: GpuPlace = { offset: 0, elements: 0, dtype: "f32" };

/** The place of an array of a slot on a device. */
export interface SlotPlace extends GpuPlace {
  /** The leaf whose memory holds the array. */
  readonly leaf: number;
}

/** Returns the place of an array of a slot. The memory of a leaf may hold several arrays. */
export const placeOf = (plan: GpuPlan, ref: SlotRef, index: number): SlotPlace | undefined => {
  const { leaf, first } = ref.places?.[index] ?? { leaf: index, first: 0 };
  const whole = plan.buffers[ref.buffer]?.places[leaf];
  if (!whole) return undefined;
  const { dtype, size } = ref.layout.leaves[index] as LeafSpec;
  return { leaf, offset: whole.offset + first * DTYPES[dtype].bytes, elements: size, dtype: whole.dtype };
};

/** Returns whether a slot has memory on the device; it has none if no kernel uses it. */
export const isUsed = ({ buffers }: GpuPlan, { buffer }: SlotRef): boolean =>
  (buffers[buffer]?.size ?? 0) > 0;

/** Writes arrays into a slot. */
export const writeSlot = (
  session: GpuSession,
  ref: SlotRef,
  arrays: (index: number) => ElementArray,
): void => {
  const { plan } = session;
  const { size } = plan.buffers[ref.buffer] as GpuPlanBuffer;
  if (!ref.places) {
    for (const index of ref.leaves) {
      const place = placeOf(plan, ref, index);
      if (!place || place.elements === 0) continue;
      const { dtype } = ref.layout.leaves[index] as LeafSpec;
      session.write(ref.buffer, place.offset, toDevice(arrays(index), dtype, place.dtype));
    }
    return;
  }
  // Several arrays of a leaf are written together: one may start in the middle of a 4-byte word.
  const bytes = new Uint8Array(size);
  for (const index of ref.leaves) {
    const place = placeOf(plan, ref, index);
    if (!place) continue;
    const { buffer, byteOffset, byteLength } = arrays(index);
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), place.offset);
  }
  session.write(ref.buffer, 0, bytes);
};

/** Reads the arrays of a slot. */
export const readSlot = async (session: GpuSession, ref: SlotRef): Promise<ElementArray[]> => {
  const { plan } = session;
  const { size } = plan.buffers[ref.buffer] as GpuPlanBuffer;
  const bytes = await session.read(ref.buffer, 0, size);
  const arrays: ElementArray[] = [];
  for (const index of ref.leaves) {
    const { dtype, size: elements } = ref.layout.leaves[index] as LeafSpec;
    const place = placeOf(plan, ref, index);
    const end = place ? place.offset + bytesFor(elements, place.dtype) : 0;
    arrays[index] =
      place && elements > 0
        ? fromDevice(bytes.slice(place.offset, end), elements, place.dtype, dtype)
        : new DTYPES[dtype].array(elements);
  }
  return arrays;
};
