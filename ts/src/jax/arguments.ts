import type { numpy as np } from "@jax-js/jax";
import { GradloomError } from "../error.ts";
import { flatten, isEmptyNode, isPlainObject, type TreeDef } from "../pytree/tree-def.ts";
import { type HostData, looksLikeArray, read, readNow, requireArray } from "./array.ts";

/** A tree of jax-js taken apart: what stands in the place of leaf i of `def`, and its path. */
export interface Parts<T = np.Array> {
  readonly def: TreeDef;
  readonly leaves: readonly T[];
  readonly paths: readonly string[];
}

/** Returns whether a value is no container of a tree. */
export const isLeaf = (value: unknown): boolean =>
  !Array.isArray(value) && !isPlainObject(value) && !isEmptyNode(value);

/** Takes a tree apart, whatever its leaves are. */
export const partsOf = (tree: unknown, root: string): Parts<unknown> => flatten<unknown>(tree, root, isLeaf);

/**
 * The arrays that a call is given. They are checked before anything is done, read without using up their references, and consumed at the
 * end of a call that succeeds, as functions of jax-js do: a failed call leaves the caller all its references.
 */
export class Arguments {
  readonly #arrays: np.Array[] = [];
  readonly #paths: string[] = [];

  /** Takes a tree of arrays apart, and holds them. Throws where a leaf is no array. */
  take(tree: unknown, root: string): Parts {
    const { def, leaves, paths } = partsOf(tree, root);
    return { def, paths, leaves: leaves.map((leaf, i) => this.takeArray(leaf, paths[i] as string)) };
  }

  /** Holds one array. Throws where it is none. */
  takeArray(leaf: unknown, path: string): np.Array {
    const array = requireArray(leaf, path);
    this.#arrays.push(array);
    this.#paths.push(path);
    return array;
  }

  /** Holds the arrays among the leaves of a tree of any values. */
  takeAmong({ leaves, paths }: Parts<unknown>): void {
    leaves.forEach((leaf, i) => {
      if (looksLikeArray(leaf)) this.takeArray(leaf, paths[i] as string);
    });
  }

  /** Throws where an array is disposed of, or stands in more places than it has references. */
  refuseDisposed(): void {
    const places = new Map<np.Array, number>();
    this.#arrays.forEach((array, i) => {
      const path = this.#paths[i] as string;
      const place = (places.get(array) ?? 0) + 1;
      places.set(array, place);
      if (place <= array.refCount) return;
      throw new GradloomError(
        "DISPOSED",
        place === 1
          ? "this array has been disposed of, or was consumed by an operation."
          : `this array is in ${place} places, and has ${array.refCount} reference${array.refCount === 1 ? "" : "s"}.`,
        { path, remedy: "Pass array.ref, or tree.ref(…), where an array is needed again later." },
      );
    });
  }

  /** Copies the elements of all arrays to the host. Throws where jax-js cannot. */
  readNow(): Map<np.Array, HostData> {
    return new Map(
      this.#arrays.map((array, i) => {
        try {
          return [array, readNow(array)];
        } catch (error) {
          throw this.#unread(i, error);
        }
      }),
    );
  }

  /** Does the same as `readNow` without blocking the thread, for those arrays that `wanted` accepts. */
  async read(wanted: (array: np.Array) => boolean = () => true): Promise<Map<np.Array, HostData>> {
    const reads = this.#arrays.map(async (array, i): Promise<readonly [np.Array, HostData][]> => {
      if (!wanted(array)) return [];
      try {
        return [[array, await read(array)]];
      } catch (error) {
        throw this.#unread(i, error);
      }
    });
    return new Map((await Promise.all(reads)).flat());
  }

  /** Uses up one reference for each place that an array stands in. */
  consume(): void {
    for (const array of this.#arrays) if (array.refCount > 0) array.dispose();
  }

  /** Makes the error for an array that jax-js cannot compute, or cannot read at once. */
  #unread(index: number, cause: unknown): GradloomError {
    return new GradloomError("UNSUPPORTED", `jax-js cannot read this array: ${(cause as Error)?.message}.`, {
      path: this.#paths[index] as string,
      remedy:
        "Use the asynchronous functions, such as applyGradientsAsync, where a device is at work, and dtypes that the device has.",
      cause,
    });
  }
}
