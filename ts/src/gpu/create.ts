import { GradloomError } from "../error.ts";
import { flag, type OptionsOf, parse, unchecked } from "../options.ts";
import { asNode } from "../plan/as-node.ts";
import { type Lowering, lower } from "../plan/lowering.ts";
import { DTYPES, type DType } from "../pytree/dtype.ts";
import { layoutOf, readTree } from "../pytree/layout.ts";
import type { DeviceEngine, DeviceOptions } from "../train/device-engine.ts";
import { RESUME_OPTIONS } from "../train/options.ts";
import type { GpuDtype, GpuPlacement, GpuRequest } from "./gpu-plan.ts";
import { type LowerPlan, lowerForDevice } from "./lowering.ts";
import { refuseDouble, refuseHostCode } from "./refusals.ts";
import type { GpuExecutor } from "./session.ts";
import { GpuTrainState } from "./train-state.ts";

const OWNER = "TrainState.create";

const OPTIONS = {
  ...RESUME_OPTIONS,
  /** Update the caller's own buffers where they lie. */
  adopt: flag(false),
  /** Packs parameters or gradients in pairs of halves. */
  storage: unchecked<unknown>(undefined),
};

const STORAGES = ["float32", "float16", "bfloat16"];

const storageOf = (name: unknown, path: string): GpuDtype => {
  if (name === undefined) return "f32";
  if (STORAGES.includes(name as string)) return DTYPES[name as DType].code as GpuDtype;
  throw new GradloomError("INVALID_HYPERPARAMETER", `got ${JSON.stringify(name)}.`, {
    path,
    remedy: `Pass ${STORAGES.map((known) => `"${known}"`).join(" or ")}.`,
  });
};

/** Checks the options that every device knows. */
export const parseOptions = (rest: object) => {
  const { storage, ...options } = parse(OWNER, OPTIONS, rest as OptionsOf<typeof OPTIONS>);
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
      grads: storageOf(given.grads, `${path}.grads`),
    },
  };
};

/** Plans a transformation for a tree on a device: the plan, and what it is lowered to for a request. */
export const planFor = (
  tx: unknown,
  layout: Lowering["builder"]["layout"],
  tree: unknown,
): { readonly lowering: Lowering; readonly plan: Uint8Array } => {
  refuseDouble(layout);
  const lowering = lower(asNode(tx as never, `${OWNER}.tx`), layout, tree);
  refuseHostCode(lowering.builder);
  return { lowering, plan: lowering.builder.encode("apply") };
};

/** In the arena of a state, as numbers of some storage. */
export const inArena = (dtype: GpuDtype): GpuPlacement => ({ dtype, lent: false });

/** Throws where there are no parameters. */
export const refuseMissing = (params: unknown): void => {
  if (params !== undefined) return;
  throw new GradloomError("INVALID_TREE", "there are no parameters.", {
    path: "params",
    remedy: "Write TrainState.create({ params, tx, engine }).",
  });
};

/** Throws where typed arrays are to be adopted: a device cannot reach them. */
export const refuseAdoption = (adopt: boolean): void => {
  if (!adopt) return;
  throw new GradloomError("UNSUPPORTED", "a GPU cannot update arrays of the host where they lie.", {
    path: `${OWNER}.adopt`,
    remedy: "Leave it out and call readParams(), or pass slices of GPU buffers.",
  });
};

/** The engine of a device, for arrays of the host. */
export const deviceEngine = (executor: GpuExecutor, lowerPlan: LowerPlan): DeviceEngine => ({
  name: executor.name,
  description: executor.description,
  async createTrainState<P, S>({ params, tx, ...rest }: DeviceOptions<P, S>) {
    refuseMissing(params);
    const { adopt, storage, optState, step } = parseOptions(rest);
    refuseAdoption(adopt);
    const layout = layoutOf(params, "params");
    const arrays = readTree(layout, params, "params");
    const { lowering, plan } = planFor(tx, layout, params);
    const request: GpuRequest = {
      limits: executor.limits,
      params: inArena(storage.params),
      grads: inArena(storage.grads),
    };
    const session = await executor.open(lowerForDevice(lowerPlan, plan, request));
    try {
      const { description } = executor;
      const train = new GpuTrainState<P, S>({ tx, lowering, session, description, optState, step });
      train.writeParams(arrays);
      train.writeState(optState, arrays);
      return train;
    } catch (error) {
      session.close();
      throw error;
    }
  },
});
