import { GradloomError } from "../error.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { allLeaves, type Layout, pathIn } from "../pytree/layout.ts";
import { firstOverlap, isShared, type MemoryPart, partOf } from "../pytree/overlap.ts";

/** Returns the paths of the leaves of the parameters, for errors. */
export const pathsOf = (layout: Layout): string[] =>
  allLeaves(layout).map(({ path }) => pathIn("params", path));

/** The memory of a leaf, and its path for errors. */
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

/** Throws where an array is in shared memory: another thread could change it during a step. */
const refuseShared = (arrays: readonly ArrayBufferView[], paths: readonly string[]): void => {
  const shared = arrays.findIndex(isShared);
  if (shared < 0) return;
  throw new GradloomError("OVERLAPPING_MEMORY", "shared memory cannot be adopted.", {
    path: paths[shared] as string,
    remedy: "Leave out adopt, and the parameters are copied.",
  });
};

/** Throws where arrays share memory, or memory that is to be adopted is shared with other threads. */
export const refuseUnfit = (layout: Layout, arrays: readonly ElementArray[], adopt: boolean): void => {
  const paths = pathsOf(layout);
  refuseOverlappingArrays(arrays, paths);
  if (adopt) refuseShared(arrays, paths);
};

/** Returns whether no two arrays share memory. */
export const areApart = (arrays: readonly ElementArray[]): boolean => !firstOverlap(arrays.map(partOf));

/** Throws where an adopted array has been detached or resized. */
export const refuseLost = (arrays: readonly ElementArray[], layout: Layout): void => {
  const lost = allLeaves(layout).findIndex(({ size }, i) => arrays[i]?.length !== size);
  if (lost < 0) return;
  throw new GradloomError("DETACHED_MEMORY", "this array was transferred or resized after it was adopted.", {
    path: pathsOf(layout)[lost] as string,
    remedy: "Keep adopted arrays as they are until dispose().",
  });
};
