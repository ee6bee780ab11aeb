import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { flag, type OptionsOf, parse, unchecked } from "../options.ts";
import { type Lowering, lower } from "../plan/lowering.ts";
import { cloneState, mapState } from "../plan/state.ts";
import { DTYPES, type DType, type ElementArray, type IntegerArray, newIntegers } from "../pytree/dtype.ts";
import { type Layout, layoutOf, readTree, writeTree } from "../pytree/layout.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import type { DeviceEngine, DeviceOptions } from "../train/device-engine.ts";
import { RESUME_OPTIONS, refuseMissing } from "../train/options.ts";
import { pathsOf, refuseOverlappingArrays } from "../train/overlap.ts";
import type { GpuDtype, GpuPlacement, GpuRequest } from "./gpu-plan.ts";
import { type LowerPlan, lowerForDevice } from "./lowering.ts";
import { refuseDouble, refuseHostCode } from "./refusals.ts";
import type { GpuExecutor } from "./session.ts";
import { asStored } from "./storage.ts";
import { GpuTrainState } from "./train-state.ts";

const OWNER = "TrainState.create";

const OPTIONS = {
  ...RESUME_OPTIONS,
  /** Update the caller's own buffers in place. */
  adopt: flag(false),
  /** Stores parameters or gradients in half precision. */
  storage: unchecked<unknown>(undefined),
};

const STORAGES = ["float32", "float16", "bfloat16"];

const storageOf = (name: unknown, path: string): GpuDtype | undefined => {
  if (name === undefined) return undefined;
  if (STORAGES.includes(name as string)) return DTYPES[name as DType].code as GpuDtype;
  throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(name)}.`, {
    path,
    remedy: `Pass ${STORAGES.map((known) => `"${known}"`).join(" or ")}.`,
  });
};

/** Checks the options of all devices. */
export const parseOptions = (rest: object) => {
  const { storage, ...options } = parse(OWNER, OPTIONS, rest as OptionsOf<typeof OPTIONS>);
  if (storage !== undefined && !isPlainObject(storage)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(storage)}.`, {
      path: `${OWNER}.storage`,
      remedy: 'Write storage: { params: "bfloat16", grads: "bfloat16" }.',
    });
  }
  const given = parse(
    `${OWNER}.storage`,
    { params: unchecked<unknown>(undefined), grads: unchecked<unknown>(undefined) },
    storage as object | undefined,
  );
  const path = `${OWNER}.storage`;
  return {
    ...options,
    storage: {
      params: storageOf(given.params, `${path}.params`),
      grads: storageOf(given.grads, `${path}.grads`) ?? "f32",
    },
  };
};

/** Plans a transformation for a tree on a device. */
export const planFor = (tx: unknown, layout: Layout, tree: unknown): Lowering => {
  refuseDouble(layout);
  const lowering = lower(asNode(tx as never, `${OWNER}.tx`), layout, tree);
  refuseHostCode(lowering.builder);
  return lowering;
};

/** Makes the placement for leaves in the training state's own memory. */
export const inOwnMemory = (dtype: GpuDtype): GpuPlacement => ({ dtype, lent: false });

/** Throws where typed arrays are to be adopted: a device cannot reach memory of the host. */
export const refuseAdoption = (adopt: boolean): void => {
  if (!adopt) return;
  throw new GradloomError("UNSUPPORTED", "a GPU cannot update arrays of the host in place.", {
    path: `${OWNER}.adopt`,
    remedy: "Leave it out and call readParams(), or pass slices of GPU buffers.",
  });
};

/** Copies parameters on the host, rounded to the storage of the device: the caller may change its arrays before they are written. */
export const readHost = (params: unknown, adopt: boolean, storage: GpuDtype) => {
  refuseAdoption(adopt);
  const layout = layoutOf(params, "params");
  const given = readTree(layout, params, "params");
  refuseOverlappingArrays(given, pathsOf(layout));
  const arrays = layout.leaves.map(({ dtype }, i) => asStored(given[i] as ElementArray, dtype, storage));
  const integers = given.slice(layout.leaves.length).map((array) => newIntegers(array as IntegerArray));
  return { layout, arrays, integers };
};

/** Copies the state of a snapshot: the caller may change its arrays before they are written. */
export const readState = ({ state }: Lowering, optState: unknown): unknown =>
  optState === undefined
    ? undefined
    : mapState(
        state,
        optState,
        "optState",
        cloneState(({ layout }, value, path) => {
          const arrays = readTree(layout, value, path);
          return writeTree(layout, (i) => (arrays[i] as ElementArray).slice());
        }),
      );

/** Makes the engine of a device for parameters on the host. */
export const deviceEngine = (executor: GpuExecutor, lowerPlan: LowerPlan): DeviceEngine => ({
  name: executor.name,
  description: executor.description,
  async createTrainState<P, S>({ params, tx, ...rest }: DeviceOptions<P, S>) {
    refuseMissing(params);
    const { adopt, storage, optState, step } = parseOptions(rest);
    const { layout, arrays, integers } = readHost(params, adopt, storage.params ?? "f32");
    const lowering = planFor(tx, layout, params);
    const request: GpuRequest = {
      limits: executor.limits,
      params: inOwnMemory(storage.params ?? "f32"),
      grads: inOwnMemory(storage.grads),
    };
    const given = readState(lowering, optState);
    const session = await executor.open(lowerForDevice(lowerPlan, lowering, request));
    try {
      const { description } = executor;
      const train = new GpuTrainState<P, S>({ tx, lowering, session, description, step, integers });
      train.writeParams(arrays);
      train.writeState(given, arrays);
      return train;
    } catch (error) {
      session.close();
      throw error;
    }
  },
});
