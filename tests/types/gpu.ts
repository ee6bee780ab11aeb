/** Training states on GPUs: only the compiler reads this file. It needs the WebGPU types that TypeScript has from version 6 on. */
import * as gl from "../../ts/src/entry/node.ts";
import { expectType } from "./expect-type.ts";

const params = { w: new Float32Array(6) };
type Params = typeof params;

// With an engine on a GPU, create returns a promise of a GPU state; only a WebGPU state exposes its buffers.
declare const onWebGpu: gl.WebGpuEngine;
declare const onDevice: gl.DeviceEngine;
declare const slice: gl.GpuSlice & { readonly shape: number[] };
const tx = gl.sgd(0.1);
expectType<Promise<gl.WebGpuTrainState<Params, gl.StateOf<typeof tx>>>>()(
  gl.TrainState.create({ params, tx, engine: onWebGpu }),
  true,
);
expectType<Promise<gl.DeviceTrainState<Params, gl.StateOf<typeof tx>>>>()(
  gl.TrainState.create({ params, tx, engine: onDevice }),
  true,
);
expectType<gl.TrainState<Params, gl.StateOf<typeof tx>>>()(
  gl.TrainState.create({ params, tx, engine: "wasm" }),
  true,
);
export const onDevices = async (encoder: GPUCommandEncoder) => {
  const train = await gl.TrainState.create({ params: { w: slice }, tx, engine: onWebGpu, adopt: true });
  const { w } = await train.readParams();
  w satisfies Float32Array | gl.Tensor<Float32Array>;
  // @ts-expect-error a slice's shape need not be that of the leaf
  w satisfies Float32Array;
  train.params.w.buffer satisfies GPUBuffer;
  await train.applyGradients({ w: { buffer: slice.buffer } });
  train.record(encoder, { w: slice });
  // @ts-expect-error no such leaf
  train.record(encoder, { v: slice });
  const onHost = await gl.TrainState.create({ params, tx, engine: onDevice });
  expectType<Promise<Params>>()(onHost.readParams(), true);
  const { optState } = await train.snapshot();
  gl.TrainState.create({ params: { w }, tx, optState, step: 1 });
};
// @ts-expect-error storage is for devices
gl.TrainState.create({ params, tx, engine: "wasm", storage: { params: "float16" } });
