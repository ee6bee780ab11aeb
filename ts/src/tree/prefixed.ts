import { addScale, norm, scale } from "./index.ts";

export {
  add as treeAdd,
  addScale as treeAddScale,
  allclose as treeAllclose,
  batchShape as treeBatchShape,
  biasCorrection as treeBiasCorrection,
  cast as treeCast,
  castLike as treeCastLike,
  clip as treeClip,
  conj as treeConj,
  div as treeDiv,
  dtype as treeDtype,
  fullLike as treeFullLike,
  get as treeGet,
  getAllWithPath as treeGetAllWithPath,
  mapParams as treeMapParams,
  max as treeMax,
  min as treeMin,
  mul as treeMul,
  NamedTupleKey,
  norm as treeNorm,
  onesLike as treeOnesLike,
  randomLike as treeRandomLike,
  real as treeReal,
  scale as treeScale,
  set as treeSet,
  size as treeSize,
  splitKeyLike as treeSplitKeyLike,
  sub as treeSub,
  sum as treeSum,
  unwrapRandomKeyData as treeUnwrapRandomKeyData,
  updateInfinityMoment as treeUpdateInfinityMoment,
  updateMoment as treeUpdateMoment,
  updateMomentPerElemNorm as treeUpdateMomentPerElemNorm,
  vdot as treeVdot,
  where as treeWhere,
  zerosLike as treeZerosLike,
} from "./index.ts";

/**
 * The older name of `tree.scale`.
 *
 * @example
 * console.log(gl.treeUtils.treeScalarMul(2, { a: new Float32Array([3]) }).a[0]); // 6
 */
export const treeScalarMul = scale;

/**
 * The older name of `tree.addScale`.
 *
 * @example
 * const [x, y] = [{ a: new Float32Array([1]) }, { a: new Float32Array([3]) }];
 * console.log(gl.treeUtils.treeAddScalarMul(x, 2, y).a[0]); // 7
 */
export const treeAddScalarMul = addScale;

/** The options of a norm whose order is in its name. */
export type NormOptions = Omit<NonNullable<Parameters<typeof norm>[1]>, "ord">;

/**
 * Returns the sum of the magnitudes of all elements; the older name of `tree.norm` with `ord: 1`.
 *
 * @example
 * console.log(gl.treeUtils.treeL1Norm({ a: new Float32Array([3, -4]) })); // 7
 */
export const treeL1Norm = (tree: unknown, options?: NormOptions): number =>
  norm(tree, { ...options, ord: 1 });

/**
 * Returns the Euclidean norm of all elements; the older name of `tree.norm`.
 *
 * @example
 * console.log(gl.treeUtils.treeL2Norm({ a: new Float32Array([3, -4]) })); // 5
 */
export const treeL2Norm = (tree: unknown, options?: NormOptions): number =>
  norm(tree, { ...options, ord: 2 });

/**
 * Returns the greatest magnitude of all elements; the older name of `tree.norm` with `ord: Infinity`.
 *
 * @example
 * console.log(gl.treeUtils.treeLinfNorm({ a: new Float32Array([3, -4]) })); // 4
 */
export const treeLinfNorm = (tree: unknown, options?: NormOptions): number =>
  norm(tree, { ...options, ord: "inf" });
