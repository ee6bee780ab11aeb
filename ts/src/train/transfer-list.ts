import { tagOf } from "../pytree/mistaken-leaf.ts";
import { isPlainObject } from "../pytree/tree-def.ts";

/** Returns what an object holds that may be or hold arrays. */
const contentsOf = (value: unknown): Iterable<unknown> => {
  const tag = tagOf(value);
  if (tag === "Map") return [...(value as Map<unknown, unknown>)].flat();
  if (tag === "Array" || tag === "Set") return value as Iterable<unknown>;
  return isPlainObject(value) ? Object.values(value) : [];
};

/** Tells whether a view shows all of its buffer. What shows a part of one would take the other parts along. */
const isWhole = ({ buffer, byteLength }: ArrayBufferView): boolean => byteLength === buffer.byteLength;

/**
 * Lists the memory of a snapshot, or of another value with typed arrays in it, for `postMessage`: it then moves to the other thread
 * and is not copied. The snapshot is empty afterwards; the training state that it is from goes on.
 *
 * Typed arrays over a part of a buffer and those in shared memory are left out, so that posting copies or shares them as usual.
 *
 * @param value - a snapshot, or objects, lists, maps and sets that hold typed arrays
 * @example
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx: gl.adam(0.1) });
 * const snapshot = train.snapshot();
 * const { port1, port2 } = new MessageChannel();
 * port1.postMessage(snapshot, gl.transferList(snapshot));
 * console.log(snapshot.params.w.length); // 0
 * port1.close();
 * port2.close();
 */
export const transferList = (value: unknown): ArrayBuffer[] => {
  const seen = new Set<unknown>();
  const buffers = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    if (!ArrayBuffer.isView(part)) for (const child of contentsOf(part)) visit(child);
    else if (tagOf(part.buffer) === "ArrayBuffer" && isWhole(part)) buffers.add(part.buffer as ArrayBuffer);
  };
  visit(value);
  return [...buffers];
};
