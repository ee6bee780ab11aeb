import type { Engine } from "../engine/engine.ts";
import { resolveEngine } from "../engine/registry.ts";
import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { type Field, maybe, type OptionsOf, oneOf, parse } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { show } from "../show.ts";
import { isDeviceEngine, type WebGpuEngine } from "../train/device-engine.ts";
import { TfOptimizer } from "./tf-optimizer.ts";

const text: Pick<Field<string>, "check"> = {
  check: (value, path) => {
    if (typeof value === "string" && value !== "") return value;
    throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(value)}.`, {
      path,
      remedy: "Pass a word.",
    });
  },
};

const engine: Field<string | Engine | WebGpuEngine | undefined> = {
  default: undefined,
  check: (value) => {
    if (!isDeviceEngine(value)) resolveEngine(value as string | Engine);
    return value as string | Engine | WebGpuEngine;
  },
};

const OPTIONS = {
  /**
   * What becomes of a variable whose gradient is null, as the loss does not depend on it: `skip`, the default, leaves it and its state as
   * they are, like PyTorch; `zero` takes a step with zeros, so that momentum and weight decay move it; `error` refuses the step.
   */
  missingGradient: oneOf(["skip", "zero", "error"], "skip"),
  /**
   * A name for the transformation, under which models that are loaded find it. By default there is none: a loaded model has its
   * optimizer's state, but is compiled anew before it is trained.
   */
  name: maybe<string>(text),
  /**
   * The engine, by name or itself; by default the current one at each change of variables. The backend `webgpu` needs one on its device:
   * `await gl.gpu.webgpu({ device: tf.backend().device })`, in TypeScript `(tf.backend() as WebGPUBackend).device`.
   */
  engine,
};

/** The options of `toTfOptimizer`. */
export type TfOptimizerOptions = OptionsOf<typeof OPTIONS>;

/**
 * Makes an optimizer for TensorFlow.js of a transformation: for `model.compile`, `minimize` and `applyGradients`.
 *
 * Transformations see variables as a tree: `dense_Dense1/kernel` is the leaf `dense_Dense1.kernel`, so `pathMask(/kernel$/)` chooses all
 * kernels. The number that layers append to a name that is taken, as in `kernel_1`, is left out; `byLayer` makes masks and labels by the
 * layers of a model. The state of a variable follows it: steps with other variables, or with variables added later, leave it as it is.
 * Numbers that belong to no variable, such as counts, are those of the optimizer.
 *
 * Steps work in the memory of TensorFlow.js where they can: `optimizer.memory` says so. On its backend `cpu` the array that
 * `variable.dataSync()` returns then changes with each step: take a copy of it to keep. `model.save` saves the state if
 * `includeOptimizer` is set; functions cannot be saved, so a loaded model finds its transformation by the option `name`.
 *
 * @param tx - the transformation, such as `gl.adamw(1e-3)`
 * @throws GradloomError where `tx` is no transformation, or an option is not right
 * @example
 * import * as tf from "@tensorflow/tfjs";
 * import { toTfOptimizer } from "gradloom/tfjs";
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
 * const optimizer = toTfOptimizer(gl.chain(gl.clipByGlobalNorm(1), gl.adamw(1e-3, { mask: gl.pathMask(/kernel$/) })));
 * model.compile({ optimizer, loss: "meanSquaredError" });
 * await model.fit(tf.ones([8, 2]), tf.ones([8, 1]), { epochs: 3, verbose: 0 });
 * console.log(optimizer.iterations, optimizer.memory.params); // 3 in place
 */
export const toTfOptimizer = (tx: GradientTransformation, options?: TfOptimizerOptions): TfOptimizer => {
  asNode(tx, "toTfOptimizer.tx");
  return new TfOptimizer({ tx, ...parse("toTfOptimizer", OPTIONS, options, ["tx"]) });
};
