import * as gl from "../../ts/src/entry/node.ts";

/** A layer with a kernel [in, out]. */
export interface Dense {
  readonly kernel: gl.Tensor<Float32Array>;
  readonly bias: Float32Array;
}

/** The parameters of a network with one hidden layer and tanh. */
export interface Mlp {
  readonly dense1: Dense;
  readonly dense2: Dense;
}

export const SIZES = { inputs: 3, hidden: 4, outputs: 2, examples: 8 };

/** Numbers without order, the same in every language: the n-th is sin(seed + 7 n). */
export const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(seed + 7 * i));

const dense = (inputs: number, outputs: number, seed: number): Dense => ({
  kernel: gl.tensor(
    numbers(inputs * outputs, seed).map((x) => x / 2),
    [inputs, outputs],
  ),
  bias: numbers(outputs, seed + 0.5).map((x) => x / 10),
});

/** Makes the network before the first step. */
export const initial = (): Mlp => ({
  dense1: dense(SIZES.inputs, SIZES.hidden, 1),
  dense2: dense(SIZES.hidden, SIZES.outputs, 2),
});

/** The inputs and targets of all examples, row by row. */
export const data = {
  x: numbers(SIZES.examples * SIZES.inputs, 3),
  y: numbers(SIZES.examples * SIZES.outputs, 4),
};

/** Returns x w + b for all examples. */
const apply = ({ kernel: { data: w, shape }, bias }: Dense, x: Float32Array): Float32Array => {
  const [inputs, outputs] = shape as [number, number];
  return Float32Array.from({ length: SIZES.examples * outputs }, (_, at) => {
    const [row, column] = [Math.floor(at / outputs), at % outputs];
    let sum = bias[column] as number;
    for (let i = 0; i < inputs; i++)
      sum += (x[row * inputs + i] as number) * (w[i * outputs + column] as number);
    return sum;
  });
};

/** Returns the gradient of a layer and that of its inputs. */
const backward = ({ kernel: { data: w, shape } }: Dense, x: Float32Array, dy: Float32Array) => {
  const [inputs, outputs] = shape as [number, number];
  const kernel = new Float32Array(w.length);
  const bias = new Float32Array(outputs);
  const dx = new Float32Array(x.length);
  for (let row = 0; row < SIZES.examples; row++) {
    for (let o = 0; o < outputs; o++) {
      const d = dy[row * outputs + o] as number;
      bias[o] = (bias[o] as number) + d;
      for (let i = 0; i < inputs; i++) {
        kernel[i * outputs + o] = (kernel[i * outputs + o] as number) + (x[row * inputs + i] as number) * d;
        dx[row * inputs + i] = (dx[row * inputs + i] as number) + (w[i * outputs + o] as number) * d;
      }
    }
  }
  return { grads: { kernel: gl.tensor(kernel, [...shape]), bias }, dx };
};

/** Returns the gradient of the mean squared error. */
export const gradient = ({ dense1, dense2 }: Mlp): Mlp => {
  const hidden = apply(dense1, data.x).map(Math.tanh);
  const out = apply(dense2, hidden);
  const dout = out.map((value, i) => (2 * (value - (data.y[i] as number))) / out.length);
  const second = backward(dense2, hidden, dout);
  const dhidden = second.dx.map((d, i) => d * (1 - (hidden[i] as number) ** 2));
  return { dense1: backward(dense1, data.x, dhidden).grads, dense2: second.grads };
};
