/** A range of bytes of some memory. */
export interface MemoryPart {
  /** An array buffer, or a buffer of a device. */
  readonly memory: object;
  readonly start: number;
  readonly end: number;
}

/** Returns the bytes of a typed array. */
export const partOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): MemoryPart => ({
  memory: buffer,
  start: byteOffset,
  end: byteOffset + byteLength,
});

/** Returns whether another thread can change an array. */
export const isShared = ({ buffer }: ArrayBufferView): boolean =>
  Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** Finds two parts that share bytes, in the order of their memory. Empty parts share none. */
export const firstOverlap = <P extends MemoryPart>(
  parts: readonly P[],
): readonly [before: P, after: P] | undefined => {
  const groups = new Map<object, P[]>();
  for (const part of parts) {
    if (part.end <= part.start) continue;
    const group = groups.get(part.memory);
    if (group) group.push(part);
    else groups.set(part.memory, [part]);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => a.start - b.start);
    for (let i = 1; i < group.length; i++) {
      const [before, after] = [group[i - 1] as P, group[i] as P];
      if (after.start < before.end) return [before, after];
    }
  }
  return undefined;
};
