/** The types of `gradloom/safetensors`: only the compiler reads this file. */
import * as gl from "../../ts/src/entry/node.ts";
import {
  CheckpointManager,
  carryOver,
  deserialize,
  load,
  loadFile,
  save,
  serialize,
} from "../../ts/src/safetensors/index.ts";
import { expectType } from "./expect-type.ts";

const params = { w: new Float32Array(6), layers: [new Float64Array(2)] };
const tx = gl.adam(0.1);
const train = gl.TrainState.create({ params, tx });
type State = gl.StateOf<typeof tx>;

/** `Uint8Array<ArrayBuffer>`, in all versions of TypeScript. */
type Bytes = ReturnType<Uint8ArrayConstructor["of"]>;

declare const device: gl.DeviceTrainState<typeof params, State>;
declare const web: gl.WebGpuTrainState<typeof params, State>;

// A state on a device is read before it is saved, and so is anything written to a path.
expectType<Bytes>()(save(train), true);
expectType<Bytes>()(save(train.snapshot(), { tx }), true);
expectType<Promise<Bytes>>()(save(device), true);
expectType<Promise<Bytes>>()(save(web), true);
expectType<Promise<readonly string[]>>()(save("run.safetensors", web, { maxShardSize: "5GB" }), true);
// @ts-expect-error bytes are one file
save(train, { maxShardSize: 1 });
// @ts-expect-error parameters alone are no state of training
save(params);
// @ts-expect-error an optimizer alone neither
save({ tx });

// A checkpoint has the types of the parameters and of the optimizer that are given, and resumes as it is.
const checkpoint = load(save(train), { tx, params });
expectType<typeof params>()(checkpoint.params, true);
expectType<gl.TrainState<typeof params, State>>()(gl.TrainState.create({ ...checkpoint, tx }), true);
checkpoint.optState[0].mu.w satisfies Float32Array;
// @ts-expect-error Adam has no trace
checkpoint.optState[0].trace;

// Without them nothing is known.
load(new ArrayBuffer(8)).params.anything satisfies unknown;

export const onDisk = async () => {
  const manager = new CheckpointManager("runs", {
    maxToKeep: 3,
    bestFn: ({ loss }) => -(loss as number),
    bestMode: "max",
  });
  const restored = await manager.restore(null, { tx, params });
  expectType<typeof params>()(restored.params, true);
  await manager.save(1, train, { metrics: { loss: 1 } });
  // @ts-expect-error metrics are numbers
  await manager.save(1, train, { metrics: { loss: "1" } });
  const { tensors } = await loadFile("model.safetensors");
  tensors.w?.shape satisfies readonly number[] | undefined;
  const changed = { head: new Float32Array(1) };
  const carried = carryOver(await load("run.safetensors"), { params: changed, tx, rename: { w: "head" } });
  expectType<typeof changed>()(carried.params, true);
  gl.TrainState.create({ ...carried, tx });
};

serialize({ a: gl.tensor(new Float32Array(6), [2, 3]), b: new BigInt64Array(1) });
serialize(deserialize(new Uint8Array(8)).tensors);
// @ts-expect-error a plain array is no tensor
serialize({ a: [1, 2] });
