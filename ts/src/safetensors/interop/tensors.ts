import { GradloomError } from "../../error.ts";
import { classOf, copyArray, type DType, type ElementArray, isHalf } from "../../pytree/dtype.ts";
import { dataOf, dtypeOf, isTensor, type Leaf, type Tensor } from "../../pytree/leaf.ts";
import { leafLike, operand, store } from "../../pytree/operand.ts";
import { isShape } from "../../pytree/shape.ts";
import type { FileTensor } from "../elements.ts";
import { inverse, permute, permuteShape } from "./axes.ts";
import type { Parameter } from "./parameters.ts";

/** The form of a parameter, or of an array that belongs to it. */
export type Form = Pick<Parameter, "shape" | "axes">;

/** The types that hold every number of a type. */
const HOLD: Readonly<Record<DType, readonly DType[]>> = {
  float16: ["float16", "float32", "float64"],
  bfloat16: ["bfloat16", "float32", "float64"],
  float32: ["float32", "float64"],
  float64: ["float64"],
};

const typeOf = (leaf: Leaf): string => dtypeOf(leaf) ?? classOf(dataOf(leaf));

/** Copies the numbers of a tensor as the type of a leaf. Throws where that type does not hold them all. */
const numbersAs = (tensor: Tensor, like: Leaf, path: string): ElementArray => {
  const [from, to] = [dtypeOf(tensor), dtypeOf(like)];
  if (typeOf(tensor) === typeOf(like)) return copyArray(tensor.data);
  if (from && to && HOLD[from].includes(to)) return store(operand(tensor, path).numbers, to);
  throw new GradloomError(
    "DTYPE_MISMATCH",
    `the checkpoint has ${typeOf(tensor)}, expected ${typeOf(like)}.`,
    {
      path,
      remedy: "Nothing is rounded: use parameters, and a storage of the state, that hold these numbers.",
    },
  );
};

/** Makes a leaf of the form of another one from a tensor of another library. Throws where shape or type differ. */
export const leafFrom = (tensor: FileTensor, like: Leaf, { shape, axes }: Form, path: string): Leaf => {
  const there = axes ? permuteShape(shape, axes) : shape;
  if (!isShape(tensor.shape, there)) {
    throw new GradloomError(
      "SHAPE_MISMATCH",
      `the checkpoint has shape [${tensor.shape}], expected [${there}].`,
      {
        path,
        remedy:
          axes || [...tensor.shape].sort().join() !== [...there].sort().join()
            ? "It is of another model."
            : "Where the other library orders axes in another way, pass axes, such as torchKernels.axes.",
      },
    );
  }
  const data = numbersAs(tensor as Tensor, like, path);
  const own = axes ? permute(data, there, inverse(axes)) : data;
  const dtype = dtypeOf(like);
  const form = { shape, shaped: isTensor(like) };
  return dtype
    ? leafLike(own, dtype, form)
    : ((form.shaped ? { data: own, shape: [...shape] } : own) as Leaf);
};

/** Copies a leaf into a tensor of another library. */
export const tensorFrom = (leaf: Leaf, { shape, axes }: Form): FileTensor => {
  const data = dataOf(leaf);
  const dtype = dtypeOf(leaf);
  return {
    data: axes ? permute(data, shape, axes) : copyArray(data),
    shape: axes ? permuteShape(shape, axes) : [...shape],
    ...(isHalf(dtype) && { dtype }),
  };
};

/** Multiplies a leaf by a number. */
export const times = (leaf: Leaf, factor: number, path: string): Leaf => {
  if (factor === 1) return leaf;
  const form = operand(leaf, path);
  const scaled = form.numbers.map((x) => x * factor);
  return leafLike(store(scaled, form.dtype), form.dtype, form);
};

/** Makes a tensor without axes. */
export const scalarTensor = (data: FileTensor["data"]): FileTensor => ({ data, shape: [] });

/** Reads the number of a tensor that has one element. */
export const numberFrom = (tensor: FileTensor, path: string): number => {
  if (tensor.data.length !== 1) {
    throw new GradloomError("SHAPE_MISMATCH", `expected one number, got shape [${tensor.shape}].`, {
      path,
      remedy: "It is of another optimizer.",
    });
  }
  const numbers: ArrayLike<number | bigint> = dtypeOf(tensor as Tensor)
    ? operand(tensor as Tensor, path).numbers
    : tensor.data;
  return Number(numbers[0]);
};
