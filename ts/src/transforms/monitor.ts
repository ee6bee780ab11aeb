import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { derived, kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import { emptyState } from "../plan/state-type.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

/** A measurement for `monitor`: a function of the updates, or a transformation whose result is the measurement. */
// biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
export type Measure = GradientTransformation | ((updates: any) => unknown);

/** The last measurements by name, none before the first step, and the states of measurements that have one. */
export interface MonitorState<M> {
  // biome-ignore lint/suspicious/noExplicitAny: measurements are of any kind
  readonly measurements: { readonly [K in keyof M]?: any };
  readonly measureStates: readonly unknown[];
}

type Kept = MonitorState<Record<string, unknown>>;

const asTransformation = (measure: Measure, path: string): GradientTransformation => {
  if (typeof measure === "function") {
    return { init: emptyState as never, update: (updates, state) => [measure(updates) as never, state] };
  }
  asNode(measure, path);
  return measure;
};

/**
 * Measures the updates and passes them on unchanged. The measurements can be read in the state.
 *
 * @param measures - by name: functions of the updates, or transformations such as `measureWithEma`
 * @example
 * const tx = gl.monitor({ norm: gl.tree.norm, smooth: gl.measureWithEma(gl.tree.norm, 0.9) });
 * const grads = { w: new Float32Array([3, 4]) };
 * const [, state] = tx.update(grads, tx.init(grads));
 * console.log(state.measurements.norm, state.measurements.smooth.toFixed(3)); // 5 5.000
 */
export const monitor = <const M extends Readonly<Record<string, Measure>>>(
  measures: M,
): Transformation<MonitorState<M>> => {
  if (!isPlainObject(measures)) {
    throw new GradloomError(
      "INVALID_HYPERPARAMETER",
      `expected an object of measurements, got ${show(measures)}.`,
      {
        path: "monitor.measures",
        remedy: "Write monitor({ norm: globalNorm }).",
      },
    );
  }
  const all = Object.entries(measures).map(
    ([name, measure]) => [name, asTransformation(measure, `monitor.${name}`)] as const,
  );
  return kernels({
    name: "monitor",
    type: "MonitorState",
    state: {
      measurements: derived(() => ({})),
      measureStates: derived((params) => all.map(([, measure]) => measure.init(params))),
    },
    steps: [
      {
        compute: ({ measureStates }: Kept, on): Kept => {
          const results = all.map(([name, measure], i) => {
            const [measurement, state] = measure.update(
              on.updates(),
              measureStates[i] as never,
              on.params(),
              on.extra,
            );
            return { name, measurement, state };
          });
          return {
            measurements: Object.fromEntries(results.map(({ name, measurement }) => [name, measurement])),
            measureStates: results.map(({ state }) => state),
          };
        },
        arrays: true,
      },
    ],
  });
};
