import { type Made, needsNew } from "../define.ts";
import { GradloomError } from "../error.ts";
import { broadcastShapes, broadcastTo } from "../pytree/broadcast.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Leaf, Tensor } from "../pytree/leaf.ts";
import { type Operand, operand, promote, rounding, store } from "../pytree/operand.ts";
import { sizeOf } from "../pytree/shape.ts";
import { type Key, rngKey } from "./key.ts";
import { normal } from "./normal.ts";

const LOG_OF_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** A parameter: an array, or one number for all elements. */
export type MultiNormalParameter = Leaf | number;

const read = (parameter: MultiNormalParameter, path: string): Operand =>
  typeof parameter === "number"
    ? { path, dtype: "float32", shape: [], shaped: true, numbers: Float64Array.of(parameter) }
    : operand(parameter, path);

const commonShape = (
  [a, b]: readonly [readonly number[], readonly number[]],
  path: string,
  message: string,
): readonly number[] => {
  const shape = broadcastShapes(a, b);
  if (shape) return shape;
  throw new GradloomError("SHAPE_MISMATCH", message, {
    path,
    remedy: "Sizes along an axis, counted from the last, are equal, or one of them is 1.",
  });
};

/** The class behind `MultiNormalDiagFromLogScale`. */
class MultiNormalDiagFromLogScaleClass {
  readonly #given: readonly [loc: MultiNormalParameter, logScale: MultiNormalParameter];
  readonly #dtype: DType;
  /** The elements of the parameters, both in the common shape. */
  readonly #loc: Float64Array;
  readonly #logScale: Float64Array;
  readonly #shape: readonly number[];

  constructor(loc: MultiNormalParameter, logScale: MultiNormalParameter) {
    this.#given = copyArrays([loc, logScale]) as [MultiNormalParameter, MultiNormalParameter];
    const a = read(this.#given[0], "multiNormal.loc");
    const b = read(this.#given[1], "multiNormal.logScale");
    this.#shape = commonShape(
      [a.shape, b.shape],
      "multiNormal",
      `loc has shape [${a.shape}], logScale [${b.shape}].`,
    );
    this.#dtype = promote(a.dtype, b.dtype);
    this.#loc = broadcastTo(a.numbers, a.shape, this.#shape);
    this.#logScale = broadcastTo(b.numbers, b.shape, this.#shape);
  }

  /** Copies of the mean and of the logarithm of the standard deviation. */
  get params(): readonly [loc: MultiNormalParameter, logScale: MultiNormalParameter] {
    return copyArrays(this.#given) as [MultiNormalParameter, MultiNormalParameter];
  }

  /** A copy of the logarithm of the standard deviation. */
  get logScale(): MultiNormalParameter {
    return this.params[1];
  }

  /** Draws from the distribution; `shape` comes before the shape of the parameters. */
  sample(shape: readonly number[], key: Key): Tensor {
    rngKey.check(key, "multiNormal.sample.key");
    const drawn = normal(key, { shape: [...shape, ...this.#shape] });
    const { round, size, store } = this.#arithmetic();
    const data = Float64Array.from(drawn.data, (z, i) => {
      const scale = round(Math.exp(this.#logScale[i % size] as number));
      return round(round(z * scale) + (this.#loc[i % size] as number));
    });
    return { data: store(data), shape: drawn.shape };
  }

  /** Returns the logarithm of the density at points whose last axes are those of the parameters, or broadcast to them. */
  logProb(x: Leaf): Tensor {
    const { path, shape, numbers } = operand(x, "multiNormal.logProb.x");
    const own = this.#shape;
    const common = commonShape([shape, own], path, `shape [${shape}] does not end in [${own}].`);
    const batch = common.slice(0, common.length - own.length);
    const { store } = this.#arithmetic();
    const loc = broadcastTo(this.#loc, own, common);
    const logScale = broadcastTo(this.#logScale, own, common);
    const data = new Float64Array(sizeOf(batch));
    const size = sizeOf(common) / data.length;
    for (const [i, value] of broadcastTo(numbers, shape, common).entries()) {
      const scale = logScale[i] as number;
      const z = (value - (loc[i] as number)) / Math.exp(scale);
      const at = Math.floor(i / size);
      data[at] = (data[at] as number) - 0.5 * z * z - scale - LOG_OF_ROOT_TWO_PI;
    }
    return { data: store(data), shape: batch };
  }

  #arithmetic() {
    const dtype = this.#dtype;
    return {
      round: rounding[dtype],
      size: sizeOf(this.#shape),
      store: (numbers: Float64Array) => store(numbers, dtype === "float64" ? dtype : "float32"),
    };
  }
}

/**
 * A normal distribution with independent components, of given means and logarithms of standard deviations.
 *
 * @example
 * const distribution = gl.multiNormal(new Float32Array([1, 2]), new Float32Array([0, 0]));
 * console.log(distribution.sample([5], gl.random.key(0)).shape); // [ 5, 2 ]
 */
export const MultiNormalDiagFromLogScale: Made<
  typeof MultiNormalDiagFromLogScaleClass,
  MultiNormalDiagFromLogScale
> = needsNew("MultiNormalDiagFromLogScale", MultiNormalDiagFromLogScaleClass);

export interface MultiNormalDiagFromLogScale extends MultiNormalDiagFromLogScaleClass {}

/**
 * Makes a normal distribution with independent components: mean `loc`, standard deviation exp(logScale).
 *
 * @param loc - an array, or a number for all components
 * @param logScale - an array, or a number for all components; the two broadcast to a common shape
 * @example
 * const distribution = gl.multiNormal(0, new Float32Array([0, 0]));
 * console.log(distribution.logProb(new Float32Array([0, 0])).data[0].toFixed(4)); // -1.8379
 */
export const multiNormal = (
  loc: MultiNormalParameter,
  logScale: MultiNormalParameter,
): MultiNormalDiagFromLogScale => new MultiNormalDiagFromLogScale(loc, logScale);

export type { MultiNormalDiagFromLogScaleClass };
