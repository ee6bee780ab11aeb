import { GradloomError } from "../error.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { type Layout, pathIn } from "../pytree/layout.ts";

/** Where the leaves of parameters stand, for errors. */
export const pathsOf = ({ leaves }: Layout): string[] => leaves.map(({ path }) => pathIn("params", path));

/** Throws where two arrays share memory: a step would write one leaf through the other. */
export const refuseOverlap = (arrays: readonly ArrayBufferView[], paths: readonly string[]): void => {
  const places = new Map<ArrayBufferLike, { start: number; end: number; path: string }[]>();
  arrays.forEach(({ buffer, byteOffset, byteLength }, i) => {
    if (byteLength === 0) return;
    const inside = places.get(buffer) ?? [];
    inside.push({ start: byteOffset, end: byteOffset + byteLength, path: paths[i] as string });
    places.set(buffer, inside);
  });
  for (const inside of places.values()) {
    inside.sort((a, b) => a.start - b.start);
    for (let i = 1; i < inside.length; i++) {
      const [before, after] = [inside[i - 1] as (typeof inside)[0], inside[i] as (typeof inside)[0]];
      if (after.start < before.end) {
        throw new GradloomError("OVERLAPPING_MEMORY", `shares memory with ${before.path}.`, {
          path: after.path,
          remedy: "Give each leaf memory of its own; share a parameter by listing it once.",
        });
      }
    }
  }
};

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
