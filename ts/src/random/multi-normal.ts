import { GradloomError } from "../error.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import type { Leaf, Tensor } from "../pytree/leaf.ts";
import { type Operand, operand, promote, rounding, store } from "../pytree/operand.ts";
import { sizeOf } from "../pytree/shape.ts";
import { type Key, rngKey } from "./key.ts";
import { normal } from "./normal.ts";

const LOG_OF_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** A parameter: an array, or one number for all elements. */
type Parameter = Leaf | number;

const read = (parameter: Parameter, path: string): Operand =>
  typeof parameter === "number"
    ? { path, dtype: "float32", shape: [], shaped: true, numbers: Float64Array.of(parameter) }
    : operand(parameter, path);

const numbersOf = (parameter: Operand, i: number): number =>
  parameter.numbers[parameter.numbers.length === 1 ? 0 : i] as number;

/**
 * A normal distribution with independent components, of given means and logarithms of standard deviations.
 *
 * @example
 * const distribution = gl.multiNormal(new Float32Array([1, 2]), new Float32Array([0, 0]));
 * console.log(distribution.sample([5], gl.random.key(0)).shape); // [ 5, 2 ]
 */
export class MultiNormalDiagFromLogScale {
  readonly #given: readonly [loc: Parameter, logScale: Parameter];
  readonly #loc: Operand;
  readonly #logScale: Operand;
  readonly #shape: readonly number[];

  constructor(loc: Parameter, logScale: Parameter) {
    this.#given = copyArrays([loc, logScale]) as [Parameter, Parameter];
    this.#loc = read(this.#given[0], "multiNormal.loc");
    this.#logScale = read(this.#given[1], "multiNormal.logScale");
    const [a, b] = [this.#loc.shape, this.#logScale.shape];
    this.#shape = a.length >= b.length ? a : b;
    const fits = (shape: readonly number[]) => shape.length === 0 || `${shape}` === `${this.#shape}`;
    if (!fits(a) || !fits(b)) {
      throw new GradloomError("SHAPE_MISMATCH", `loc has shape [${a}], logScale [${b}].`, {
        path: "multiNormal",
        remedy: "Give both the same shape, or a number for one of them.",
      });
    }
  }

  /** Copies of the mean and of the logarithm of the standard deviation. */
  get params(): readonly [loc: Parameter, logScale: Parameter] {
    return copyArrays(this.#given) as [Parameter, Parameter];
  }

  /** A copy of the logarithm of the standard deviation. */
  get logScale(): Parameter {
    return this.params[1];
  }

  /** Draws from the distribution; `shape` comes before the shape of the parameters. */
  sample(shape: readonly number[], key: Key): Tensor {
    rngKey.check(key, "multiNormal.sample.key");
    const drawn = normal(key, { shape: [...shape, ...this.#shape] });
    const { round, size, store } = this.#arithmetic();
    const data = Float64Array.from(drawn.data, (z, i) => {
      const scale = round(Math.exp(numbersOf(this.#logScale, i % size)));
      return round(round(z * scale) + numbersOf(this.#loc, i % size));
    });
    return { data: store(data), shape: drawn.shape };
  }

  /** Returns the logarithm of the density at points whose last axes are those of the parameters. */
  logProb(x: Leaf): Tensor {
    const points = operand(x, "multiNormal.logProb.x");
    const batch = points.shape.slice(0, points.shape.length - this.#shape.length);
    if (`${points.shape.slice(batch.length)}` !== `${this.#shape}`) {
      throw new GradloomError("SHAPE_MISMATCH", `expected a shape that ends in [${this.#shape}].`, {
        path: points.path,
        remedy: "The last axes of the points are those of the distribution.",
      });
    }
    const { size, store } = this.#arithmetic();
    const data = new Float64Array(points.numbers.length / size);
    for (const [i, value] of points.numbers.entries()) {
      const logScale = numbersOf(this.#logScale, i % size);
      const z = (value - numbersOf(this.#loc, i % size)) / Math.exp(logScale);
      const at = Math.floor(i / size);
      data[at] = (data[at] as number) - 0.5 * z * z - logScale - LOG_OF_ROOT_TWO_PI;
    }
    return { data: store(data), shape: batch };
  }

  #arithmetic() {
    const dtype = promote(this.#loc.dtype, this.#logScale.dtype);
    return {
      round: rounding[dtype],
      size: sizeOf(this.#shape),
      store: (numbers: Float64Array) => store(numbers, dtype === "float64" ? dtype : "float32"),
    };
  }
}

/**
 * Makes a normal distribution with independent components: mean `loc`, standard deviation exp(logScale).
 *
 * @param loc - an array, or a number for all components
 * @param logScale - an array, or a number for all components
 * @example
 * const distribution = gl.multiNormal(0, new Float32Array([0, 0]));
 * console.log(distribution.logProb(new Float32Array([0, 0])).data[0].toFixed(4)); // -1.8379
 */
export const multiNormal = (loc: Parameter, logScale: Parameter): MultiNormalDiagFromLogScale =>
  new MultiNormalDiagFromLogScale(loc, logScale);
