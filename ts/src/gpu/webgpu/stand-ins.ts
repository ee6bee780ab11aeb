import type { SlotRef } from "../../plan/state.ts";
import type { DType, ElementArray } from "../../pytree/dtype.ts";
import { pathIn } from "../../pytree/layout.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import { remoteArray } from "../../pytree/remote.ts";
import { unsupported } from "../refusals.ts";
import { NOWHERE, placeOf } from "../slots.ts";
import { bytesFor, toDevice } from "../storage.ts";
import type { Borrowed } from "./memory.ts";
import type { WebGpuSession } from "./session.ts";

const memory = new WeakMap<object, Borrowed>();

/**
 * Makes an array that stands for memory on a device: a state is written from such arrays without the host.
 *
 * @param path - the path of the leaf, for the error where its elements are read
 */
export const standIn = (held: Borrowed, length: number, dtype: DType, path: string): ElementArray => {
  const array = remoteArray(length, path, dtype);
  memory.set(array, held);
  return array;
};

/** Returns the memory that an array stands for, undefined for an array on the host. */
export const heldBy = (array: ElementArray): Borrowed | undefined => memory.get(array);

/** Returns a function that copies slots on the device, and with it one that makes stand-ins for the arrays of the copies. */
export const copiesOf = (session: WebGpuSession): ((ref: SlotRef) => (index: number) => ElementArray) => {
  const copies = new Map<number, GPUBuffer>();
  return (ref) => {
    const buffer = copies.get(ref.buffer) ?? session.copyOf(ref.buffer);
    copies.set(ref.buffer, buffer);
    return (index) => {
      const { offset, elements } = placeOf(session.plan, ref, index) ?? NOWHERE;
      const { dtype, path } = ref.layout.leaves[index] as LeafSpec;
      return standIn({ buffer, offset }, elements, dtype, pathIn("optState", path));
    };
  };
};

/** Writes arrays into a slot, some or all of which stand for memory on the device. */
export const writeHeld = (
  session: WebGpuSession,
  ref: SlotRef,
  arrays: (index: number) => ElementArray,
): void => {
  for (const index of ref.leaves) {
    const place = placeOf(session.plan, ref, index);
    if (!place || place.elements === 0) continue;
    const { offset, elements, dtype } = place;
    // Copies are of whole words, and an array may start in the middle of one.
    if (ref.places && dtype !== "f32") {
      throw unsupported("optState", "halves of which a leaf has several arrays are not copied on a device.");
    }
    const array = arrays(index);
    const held = heldBy(array);
    if (held) {
      const [source, sourceOffset] = [held.buffer, held.offset];
      session.submitCopies([
        { source, sourceOffset, buffer: ref.buffer, offset, size: bytesFor(elements, dtype) },
      ]);
    } else {
      const bytes = toDevice(array, (ref.layout.leaves[index] as LeafSpec).dtype, dtype);
      session.write(ref.buffer, offset, bytes as Uint8Array<ArrayBuffer>);
    }
  }
};
