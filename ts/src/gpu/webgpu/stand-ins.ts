import type { SlotRef } from "../../plan/state.ts";
import { isContainer, mapChildren } from "../../pytree/children.ts";
import { DTYPES, type DType, type ElementArray } from "../../pytree/dtype.ts";
import { pathIn } from "../../pytree/layout.ts";
import { isLeaf, isTensor, type LeafSpec } from "../../pytree/leaf.ts";
import { remoteArray } from "../../pytree/remote.ts";
import type { GpuDtype } from "../gpu-plan.ts";
import { unsupported } from "../refusals.ts";
import { NOWHERE, placeOf } from "../slots.ts";
import { bytesFor, toDevice } from "../storage.ts";
import type { Borrowed } from "./memory.ts";
import type { DeviceCopy, WebGpuSession } from "./session.ts";

/** Memory on a device that an array stands for. */
interface Held extends Borrowed {
  /** The storage type, which is also that of the array. */
  readonly dtype: DType;
}

const memory = new WeakMap<object, Held>();

/**
 * Makes an array that stands for memory on a device: a state is written from such arrays without the host.
 *
 * @param path - the path of the leaf, for the error where its elements are read
 */
export const standIn = (held: Held, length: number, path: string): ElementArray => {
  const array = remoteArray(length, path, held.dtype);
  memory.set(array, held);
  return array;
};

/** Returns the memory that an array stands for, undefined for an array on the host. */
export const heldBy = (array: ElementArray): Held | undefined => memory.get(array);

/**
 * Returns a function that makes stand-ins for the arrays of slots.
 *
 * @param bufferOf - returns the buffer that has what a buffer of the plan has: itself, or a copy
 */
export const standInsOf =
  (session: WebGpuSession, bufferOf: (index: number) => GPUBuffer) =>
  (ref: SlotRef) =>
  (index: number): ElementArray => {
    const { offset, elements } = placeOf(session.plan, ref, index) ?? NOWHERE;
    const { dtype, path } = ref.layout.leaves[index] as LeafSpec;
    const held = { buffer: bufferOf(ref.buffer), offset, dtype };
    return standIn(held, elements, pathIn("optState", path));
  };

/** Reads the arrays of a tree that stand for memory on the device, and returns the tree with typed arrays in their places. */
export const readHeld = async (session: WebGpuSession, tree: unknown): Promise<unknown> => {
  const read = new Map<unknown, ElementArray>();
  const standIns: ElementArray[] = [];
  const replace = (node: unknown): unknown => {
    if (read.has(node)) return read.get(node);
    if (heldBy(node as ElementArray)) standIns.push(node as ElementArray);
    if (isLeaf(node)) return isTensor(node) ? { ...node, data: replace(node.data) } : node;
    return isContainer(node) ? mapChildren(node, replace) : node;
  };
  replace(tree);
  for (const array of standIns) {
    const { buffer, offset, dtype } = heldBy(array) as Held;
    const { code, array: Elements } = DTYPES[dtype];
    const bytes = await session.readParts([
      { buffer, offset, size: bytesFor(array.length, code as GpuDtype) },
    ]);
    read.set(array, new Elements(bytes.buffer as ArrayBuffer, bytes.byteOffset, array.length));
  }
  return replace(tree);
};

/** Writes arrays into a slot, some or all of which stand for memory on the device. */
export const writeHeld = (
  session: WebGpuSession,
  ref: SlotRef,
  arrays: (index: number) => ElementArray,
): void => {
  const copies: DeviceCopy[] = [];
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
    if (held?.buffer === session.memory.buffer(ref.buffer)) continue; // It is in its place.
    if (held) {
      const [source, sourceOffset] = [held.buffer, held.offset];
      copies.push({ source, sourceOffset, buffer: ref.buffer, offset, size: bytesFor(elements, dtype) });
    } else {
      const bytes = toDevice(array, (ref.layout.leaves[index] as LeafSpec).dtype, dtype);
      session.write(ref.buffer, offset, bytes as Uint8Array<ArrayBuffer>);
    }
  }
  if (copies.length > 0) session.submitCopies(copies);
};
