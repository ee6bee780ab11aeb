import type { Tensor } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import { show } from "../show.ts";
import { treeInUse } from "./tree-in-use.ts";

/** A weight of a layer. */
interface LayerWeight {
  /** The name that it was made with: `dense_Dense1/kernel`. */
  readonly originalName: string;
  /** Returns the variable. */
  read(): Tensor;
}

/** A layer, or a model as a layer of another one. */
export interface LayerLike {
  readonly name: string;
  readonly weights: readonly LayerWeight[];
}

/** A tree with a mask or labels in place of the weights. */
export interface ByLayer<T> {
  readonly [key: string]: T | ByLayer<T>;
}

/** A model of layers. */
export interface ModelLike<L extends LayerLike> {
  readonly layers: readonly L[];
}

const isModel = (layer: object): layer is ModelLike<LayerLike> =>
  "layers" in layer && Array.isArray(layer.layers);

/** Returns the layer and the name of the weight for each variable of a model, those of models inside it too. */
const placesIn = <L extends LayerLike>(model: ModelLike<L>): Map<Tensor, [layer: L, weight: string]> =>
  new Map(
    model.layers.flatMap((layer) =>
      isModel(layer)
        ? [...placesIn(layer as unknown as ModelLike<L>)]
        : layer.weights.map((weight): [Tensor, [L, string]] => [
            weight.read(),
            [layer, weight.originalName.split("/").at(-1) as string],
          ]),
    ),
  );

/**
 * Makes a mask or labels by the layers of a model, for transformations of `toTfOptimizer`.
 *
 * The model is looked at when an optimizer meets its variables; it may get more layers later.
 *
 * @param model - a model of layers; the layers of a model inside it are asked for one by one
 * @param choose - returns true or false for a mask, or a label, given a layer and the name of one of its weights, such as `kernel`
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the model is none; `INVALID_MASK` where it is used outside of `toTfOptimizer`, or
 *   the optimizer trains a variable of no layer of the model
 * @example
 * import * as tf from "@tensorflow/tfjs";
 * import { byLayer, toTfOptimizer } from "gradloom/tfjs";
 * const base = tf.layers.dense({ name: "base", units: 3, inputShape: [2] });
 * const model = tf.sequential({ layers: [base, tf.layers.dense({ name: "head", units: 1 })] });
 * const labels = byLayer(model, (layer) => (layer === base ? "frozen" : "learns"));
 * const optimizer = toTfOptimizer(gl.partition({ frozen: gl.setToZero(), learns: gl.adam(0.1) }, labels));
 * model.compile({ optimizer, loss: "meanSquaredError" });
 * const before = model.getWeights().map((weight) => weight.arraySync());
 * await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), { verbose: 0 });
 * console.log(model.getWeights().map((weight, i) => `${weight.arraySync()}` !== `${before[i]}`)); // [ false, false, true, true ]
 */
export const byLayer = <L extends LayerLike, T extends boolean | string>(
  model: ModelLike<L>,
  choose: (layer: L, weight: string) => T,
): ((params: unknown) => ByLayer<T>) => {
  if (typeof model !== "object" || model === null || !isModel(model)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", `expected a model of layers, got ${show(model)}.`, {
      path: "byLayer.model",
      remedy: 'Write byLayer(model, (layer, weight) => weight === "kernel").',
    });
  }
  return () => {
    const used = treeInUse();
    if (!used) {
      throw new GradloomError(
        "INVALID_MASK",
        "the layers of other parameters than variables are not known.",
        {
          path: "byLayer",
          remedy: "Use it in a transformation for toTfOptimizer; elsewhere use pathMask.",
        },
      );
    }
    const places = placesIn(model);
    return used.tree.make((i) => {
      const variable = used.variables[i] as (typeof used.variables)[number];
      const place = places.get(variable);
      if (place) return choose(...place);
      throw new GradloomError("INVALID_MASK", "this variable is of no layer of the model.", {
        path: variable.name,
        remedy: "Pass the model that is trained, or use pathMask.",
      });
    }) as ByLayer<T>;
  };
};
