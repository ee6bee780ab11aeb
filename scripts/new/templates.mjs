const upperFirst = (text) => text[0].toUpperCase() + text.slice(1);

/** Turns `my-optimizer` into `myOptimizer`. */
export const camelCase = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Writes the file of an optimizer: a chain and its documentation. */
export const optimizerFile = (name) => `import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { decay, scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { trace } from "../transforms/trace.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * One sentence that says what it is.
 *
 * t = g + momentum * t; u = -learningRate * t.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.${name}(0.1);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([1]) }, tx.init(params), params);
 * console.log(updates.w[0].toFixed(1)); // -0.1
 * @see the paper
 */
export const ${name} = define(
  "${name}",
  { learningRate: scalarOrSchedule(0) },
  {
    /** Decay of the momentum, in [0, 1). */
    momentum: decay(0.9),
  },
  ({ momentum }, learningRate: ScalarOrSchedule) => chain(trace(momentum), scaleByLearningRate(learningRate)),
);
`;

/** Writes the file of a transformation: a kernel by name, its state and its scalars. */
export const transformationFile = (name) => `import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { decay } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The state of \`${name}\`: the trace. */
export interface ${upperFirst(name)}State {
  readonly trace: ParamsLike;
}

/**
 * One sentence that says what it is.
 *
 * t = u + decay * t.
 *
 * @example
 * const tx = gl.${name}();
 * const grads = { w: new Float32Array([1]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w[0]); // 1
 * @see the paper
 */
export const ${name} = define(
  "${name}",
  {},
  {
    /** Decay of the trace, in [0, 1). */
    decay: decay(0.9),
  },
  (options) =>
    kernels<${upperFirst(name)}State>({
      name: "${name}",
      state: { trace: slot() },
      steps: [{ map: "trace", scalars: { decay: options.decay } }],
    }),
);
`;

const row = (variant, optax, gradloom) =>
  `${variant} = { optax = 'optax.${optax}', gradloom = 'gl.${gradloom}' }\n`;

const rowsOf = (name, defaults, optaxOptions, options) =>
  `[${name}]\n` +
  row("default", `${snakeCase(name)}(${defaults})`, `${name}(${defaults})`) +
  row("options", `${snakeCase(name)}(${optaxOptions})`, `${name}(${options})`);

/** Writes golden rows of an optimizer, with its defaults and with each of its options. */
export const optimizerRows = (name) => rowsOf(name, "0.1", "0.1, momentum=0.5", "0.1, { momentum: 0.5 }");

/** Writes golden rows of a transformation, with its defaults and with each of its options. */
export const transformationRows = (name) => rowsOf(name, "", "decay=0.5", "{ decay: 0.5 }");
