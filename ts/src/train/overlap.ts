import { GradloomError } from "../error.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { type Layout, pathIn } from "../pytree/layout.ts";
import { firstOverlap, type MemoryPart, partOf } from "../pytree/overlap.ts";

/** Where the leaves of parameters stand, for errors. */
export const pathsOf = ({ leaves }: Layout): string[] => leaves.map(({ path }) => pathIn("params", path));

/** The memory of a leaf, and where the leaf is in the tree. */
interface LeafMemory extends MemoryPart {
  readonly path: string;
}

/** Throws where two leaves share memory: a step would write one through the other. */
export const refuseOverlap = (parts: readonly LeafMemory[]): void => {
  const found = firstOverlap(parts);
  if (!found) return;
  const [before, after] = found;
  throw new GradloomError("OVERLAPPING_MEMORY", `shares memory with ${before.path}.`, {
    path: after.path,
    remedy: "Give each leaf memory of its own; share a parameter by listing it once.",
  });
};

/** Throws where two arrays share memory. */
export const refuseOverlappingArrays = (arrays: readonly ArrayBufferView[], paths: readonly string[]): void =>
  refuseOverlap(arrays.map((array, i) => ({ ...partOf(array), path: paths[i] as string })));

/** Throws where an array lies in memory that other threads can change in the middle of a step. */
export const refuseShared = (arrays: readonly ArrayBufferView[], paths: readonly string[]): void => {
  const shared = arrays.findIndex(
    ({ buffer }) => typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer,
  );
  if (shared < 0) return;
  throw new GradloomError("OVERLAPPING_MEMORY", "shared memory cannot be adopted.", {
    path: paths[shared] as string,
    remedy: "Leave out adopt, and the parameters are copied.",
  });
};

/** Throws where an array is no longer what it was when it was adopted. */
export const refuseLost = (arrays: readonly ElementArray[], layout: Layout): void => {
  const { leaves } = layout;
  const lost = leaves.findIndex(({ size }, i) => arrays[i]?.length !== size);
  if (lost < 0) return;
  throw new GradloomError("DETACHED_MEMORY", "this array was transferred or resized after it was adopted.", {
    path: pathsOf(layout)[lost] as string,
    remedy: "Keep adopted arrays as they are until dispose().",
  });
};
