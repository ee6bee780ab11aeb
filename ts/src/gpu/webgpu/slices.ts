import { GradloomError } from "../../error.ts";
import { DTYPES, type DType, type IntegerArray, newIntegers } from "../../pytree/dtype.ts";
import { type Layout, layoutWith, pathIn } from "../../pytree/layout.ts";
import {
  dataOf,
  describeIntegers,
  isIntegerLeaf,
  isLeaf,
  type Leaf,
  type LeafSpec,
} from "../../pytree/leaf.ts";
import { isShape, readShape, sizeOf } from "../../pytree/shape.ts";
import { flatten } from "../../pytree/tree-def.ts";
import type { GpuSlice } from "../../train/device-train-state.ts";
import { refuseOverlap } from "../../train/overlap.ts";
import type { GpuDtype } from "../gpu-plan.ts";
import { bytesFor } from "../storage.ts";
import type { Borrowed } from "./memory.ts";
import { USAGE } from "./usage.ts";

/** The alignment of bindings of storage buffers, in bytes. */
export const ALIGNMENT = 256;

/** Returns whether a value is part of a GPU buffer rather than a container. */
export const isSlice = (value: unknown): value is GpuSlice => {
  const buffer = (value as Partial<GpuSlice> | null | undefined)?.buffer;
  return (
    typeof buffer === "object" &&
    buffer !== null &&
    !ArrayBuffer.isView(value) &&
    "usage" in buffer &&
    "mapAsync" in buffer
  );
};

const storedAs = (dtype: unknown): string | undefined =>
  Object.hasOwn(DTYPES, dtype as DType) ? DTYPES[dtype as DType].code : undefined;

const refuse = (
  path: string,
  message: string,
  remedy: string,
  code: "INVALID_TREE" | "SHAPE_MISMATCH" | "DTYPE_MISMATCH" | "DETACHED_MEMORY" = "INVALID_TREE",
): never => {
  throw new GradloomError(code, message, { path, remedy });
};

const flat = (tree: unknown, root: string) =>
  flatten<GpuSlice | Leaf>(tree, root, (value) => isLeaf(value) || isSlice(value));

/** Returns a leaf. Throws where it is on the host. */
const requireSlice = (leaf: GpuSlice | Leaf, path: string): GpuSlice => {
  if (isSlice(leaf)) return leaf;
  return refuse(
    path,
    "this leaf is on the host, others are on the GPU.",
    "Pass slices for all leaves of floats.",
  );
};

/** Returns whether the leaves of a tree are slices; only the first one that does not hold integers is tested. */
export const holdsSlices = (tree: unknown, root: string): boolean =>
  isSlice(flat(tree, root).leaves.find((leaf) => isSlice(leaf) || !isIntegerLeaf(leaf)));

/** Checks a slice that must hold a number of elements. Returns its place. */
const borrowedFrom = (
  { buffer, offset = 0, size }: GpuSlice,
  elements: number,
  storage: GpuDtype,
  usage: number,
  path: string,
): Borrowed => {
  const needed = bytesFor(elements, storage);
  if (!Number.isInteger(offset) || offset < 0 || offset % 4 !== 0) {
    refuse(path, `the offset ${offset} is no multiple of 4.`, "Choose an offset that is a multiple of 4.");
  }
  if ((size !== undefined && size < needed) || offset + needed > buffer.size) {
    const given = Math.min(size ?? buffer.size, buffer.size - offset);
    refuse(
      path,
      `expected ${needed} bytes, got ${given}.`,
      "Halves are packed in pairs, the last one padded.",
      "SHAPE_MISMATCH",
    );
  }
  if ((buffer.usage & usage) !== usage) {
    refuse(
      path,
      `the buffer's usage ${buffer.usage} is not enough.`,
      "Make it with GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST.",
    );
  }
  if ((buffer.mapState ?? "unmapped") !== "unmapped") {
    refuse(path, "this buffer is mapped.", "Call its method unmap() before.", "DETACHED_MEMORY");
  }
  return { buffer, offset };
};

/** Parameters in GPU buffers of the caller. */
export interface SliceTree {
  readonly layout: Layout;
  readonly storage: GpuDtype;
  readonly borrowed: readonly Borrowed[];
  /** Copies of the leaves of integers, which are on the host. */
  readonly integers: readonly IntegerArray[];
}

/**
 * Reads parameters given as a tree of slices. Each must have a shape, and all the same storage type.
 *
 * @param usage - the usage flags that the buffers must have
 */
export const readSliceTree = (tree: unknown, root: string, usage: number): SliceTree => {
  const { leaves, paths, def } = flat(tree, root);
  const dtype: DType = leaves.find(isSlice)?.dtype ?? "float32";
  if (!Object.hasOwn(DTYPES, dtype) || dtype === "float64") {
    refuse(
      `${root}`,
      `a GPU does not store ${dtype}.`,
      'Use "float32", "float16" or "bfloat16".',
      "DTYPE_MISMATCH",
    );
  }
  const storage = DTYPES[dtype].code as GpuDtype;
  const borrowed: Borrowed[] = [];
  const integers: IntegerArray[] = [];
  const layout = layoutWith(def, paths, root, (i) => {
    const leaf = leaves[i] as GpuSlice | Leaf;
    const path = paths[i] as string;
    if (!isSlice(leaf) && isIntegerLeaf(leaf)) {
      integers.push(newIntegers(dataOf(leaf) as IntegerArray));
      return describeIntegers(leaf, path);
    }
    const slice = requireSlice(leaf, path);
    const shape = readShape(slice.shape);
    if (!shape) {
      return refuse(
        path,
        "this slice has no shape.",
        "Write { buffer, offset, shape: [784, 128] }.",
        "SHAPE_MISMATCH",
      );
    }
    if ((slice.dtype ?? "float32") !== dtype) {
      refuse(path, `expected ${dtype}, got ${slice.dtype}.`, "Store all parameters alike.", "DTYPE_MISMATCH");
    }
    const size = sizeOf(shape);
    borrowed.push(borrowedFrom(slice, size, storage, usage, path));
    return { path, dtype: "float32", shape, size, shaped: shape.length !== 1 };
  });
  return { layout, storage, borrowed, integers };
};

/**
 * Returns the slices of a tree, one per leaf. Throws where the tree does not have the layout.
 *
 * @param usage - the usage flags that the buffers must have
 */
export const readSlices = (
  layout: Layout,
  tree: unknown,
  root: string,
  storage: GpuDtype,
  usage = 0,
): Borrowed[] => {
  const { leaves, paths } = flat(tree, root);
  const expected = layout.leaves.map(({ path }) => pathIn(root, path));
  const wrong = expected.findIndex((path, i) => path !== paths[i]);
  if (wrong >= 0 || paths.length !== expected.length) {
    throw new GradloomError("STRUCTURE_MISMATCH", "the structure is not that of the parameters.", {
      path: expected[wrong] ?? (paths[expected.length] as string),
      remedy: "The tree must have the structure, shapes and dtypes of the parameters.",
    });
  }
  return leaves.map((leaf, i) => {
    const { size, shape } = layout.leaves[i] as LeafSpec;
    const path = paths[i] as string;
    const slice = requireSlice(leaf, path);
    if (slice.shape !== undefined && !isShape(slice.shape, shape)) {
      refuse(
        path,
        `expected shape [${shape}], got [${slice.shape}].`,
        "Gradients have the shapes of the parameters.",
        "SHAPE_MISMATCH",
      );
    }
    if (slice.dtype !== undefined && storedAs(slice.dtype) !== storage) {
      refuse(
        path,
        `expected ${storage}, got ${slice.dtype}.`,
        "Say how gradients are stored in storage.grads.",
        "DTYPE_MISMATCH",
      );
    }
    return borrowedFrom(slice, size, storage, usage, path);
  });
};

/** Throws where two leaves overlap. */
export const refuseOverlappingSlices = (
  borrowed: readonly Borrowed[],
  { leaves }: Layout,
  storage: GpuDtype,
): void =>
  refuseOverlap(
    borrowed.map(({ buffer, offset }, i) => {
      const { size, path } = leaves[i] as LeafSpec;
      return {
        memory: buffer,
        start: offset,
        end: offset + bytesFor(size, storage),
        path: pathIn("params", path),
      };
    }),
  );

/** Throws where a leaf cannot be borrowed because of its offset. */
export const refuseUnaligned = (borrowed: readonly Borrowed[], { leaves }: Layout): void => {
  const leaf = borrowed.findIndex(({ offset }) => offset % ALIGNMENT !== 0);
  if (leaf < 0) return;
  throw new GradloomError(
    "LIMIT_EXCEEDED",
    `the offset ${borrowed[leaf]?.offset} is no multiple of ${ALIGNMENT}.`,
    {
      path: pathIn("params", (leaves[leaf] as LeafSpec).path),
      remedy: `Choose an offset that is a multiple of ${ALIGNMENT}, or leave out adopt to copy parameters.`,
    },
  );
};

/** Throws where a buffer cannot be copied from. */
export const refuseNoCopies = (borrowed: readonly Borrowed[], { leaves }: Layout): void => {
  const leaf = borrowed.findIndex(({ buffer }) => (buffer.usage & USAGE.copySource) === 0);
  if (leaf < 0) return;
  refuse(
    pathIn("grads", (leaves[leaf] as LeafSpec).path),
    "this gradient must be copied to be used, and its buffer does not allow that.",
    `Give its buffer GPUBufferUsage.COPY_SRC, or GPUBufferUsage.STORAGE and an offset that is a multiple of ${ALIGNMENT}.`,
  );
};
