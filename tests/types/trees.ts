/** Parameters that must compile, and values that must not because no tree can hold them: only the compiler reads this file. */
import * as gl from "../../ts/src/entry/node.ts";

const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adam(0.1));

interface Model {
  readonly w: Float32Array;
  readonly layers: readonly { readonly kernel: gl.Tensor; bias?: Float32Array | null }[];
}
interface Branch {
  value: Float64Array;
  children: Branch[];
}
type AnyTree = Float32Array | AnyTree[] | { [key: string]: AnyTree };

declare const model: Model;
declare const branch: Branch;
declare const anyTree: AnyTree;
declare const byName: Record<string, Float32Array>;
declare const untold: unknown;
// biome-ignore lint/suspicious/noExplicitAny: what is under test
declare const anything: any;
declare const some: object;
declare const slice: gl.GpuSlice;
declare const onWebGpu: gl.WebGpuEngine;

const accepts = [
  tx.init(model),
  tx.init(branch),
  tx.init(anyTree),
  tx.init(byName),
  tx.init(untold),
  tx.init(anything),
  tx.init(some),
  tx.init({}),
  tx.init([]),
  tx.init(null),
  tx.init(new Float32Array(1)),
  tx.init(Object.freeze({ w: new Float32Array(1), none: null, left: undefined })),
  tx.init([new Float32Array(1), { w: gl.tensor(new Float64Array(4), [2, 2]) }] as const),
  tx.init({ w: { data: new Float32Array(4), shape: [2, 2] } }),
  tx.init({ w: new Float32Array(1), steps: new Int32Array(1), seen: new Uint8Array(1) }),
  tx.update(model, tx.init(model), model),
  gl.TrainState.create({ params: model, tx }),
  gl.TrainState.create({ params: untold, tx }),
  gl.TrainState.create({ params: { w: slice }, tx, engine: onWebGpu }),
];

/** Functions of any tree, whose type is not known here. */
export const generic = <P, Q extends object>(params: P, others: Q) => {
  const [updates, state] = tx.update(params, tx.init(params), params);
  gl.TrainState.create({ params, tx }).applyGradients(params);
  return [updates, state, tx.init(others), gl.TrainState.create({ params: others, tx }), accepts];
};

// @ts-expect-error a number
tx.init(1);
// @ts-expect-error text
tx.init("w");
// @ts-expect-error a Map
tx.init(new Map([["w", new Float32Array(1)]]));
// @ts-expect-error a function
tx.init(() => new Float32Array(1));
// @ts-expect-error a class rather than its instance
tx.init(Float32Array);
// @ts-expect-error a promise
tx.init(Promise.resolve({ w: new Float32Array(1) }));
// @ts-expect-error a Date
tx.init({ w: new Float32Array(1), at: new Date() });
// @ts-expect-error memory without a type of its elements
tx.init({ w: new ArrayBuffer(4) });
// @ts-expect-error numbers in a tree
tx.init({ w: new Float32Array(1), b: 0 });
// @ts-expect-error a plain array of numbers
tx.init({ dense: [{ w: [0.1, 0.2] }] });
// @ts-expect-error one of two that is no tree
tx.init({ w: anything as Float32Array | number });
// @ts-expect-error an object with methods
tx.init(gl.sgd(0.1));
// @ts-expect-error a plain array of numbers
tx.update({ w: [0.1] }, anything);
// @ts-expect-error a plain array of numbers
gl.TrainState.create({ params: { w: [0.1] }, tx });
// @ts-expect-error a function that makes parameters
gl.TrainState.create({ params: () => model, tx });
// @ts-expect-error a Map
gl.TrainState.create({ params: { layers: new Map() }, tx });
// @ts-expect-error a number beside a GPU slice
gl.TrainState.create({ params: { w: slice, b: 0 }, tx, engine: onWebGpu });
