import { GradloomError } from "../../error.ts";
import type { Lowering } from "../../plan/lowering.ts";
import { mapState, NONE } from "../../plan/state.ts";
import { PARAMS } from "../../plan/step.ts";
import type { ElementArray, IntegerArray } from "../../pytree/dtype.ts";
import { type Layout, pathIn, writeTree } from "../../pytree/layout.ts";
import type { LeafSpec } from "../../pytree/leaf.ts";
import { remoteArray } from "../../pytree/remote.ts";
import type { DeviceOptions, WebGpuEngine } from "../../train/device-engine.ts";
import type { WebGpuTrainState } from "../../train/device-train-state.ts";
import { refuseMissing } from "../../train/options.ts";
import { inOwnMemory, parseOptions, planFor, readHost, readState } from "../create.ts";
import type { GpuDtype, GpuPlacement, GpuPlan, GpuRequest } from "../gpu-plan.ts";
import { type LowerPlan, lowerForDevice } from "../lowering.ts";
import { bytesFor } from "../storage.ts";
import type { WebGpuExecutor } from "./executor.ts";
import { blaming, lentBuffers, refuseUnusable } from "./lent-buffers.ts";
import type { Borrowed } from "./memory.ts";
import { readBorrowed } from "./read-borrowed.ts";
import type { WebGpuSession } from "./session.ts";
import { holdsSlices, readSliceTree, refuseOverlappingSlices, refuseUnaligned } from "./slices.ts";
import { standIn } from "./stand-ins.ts";
import { BufferTrainState } from "./train-state.ts";
import { ADOPTED, USAGE } from "./usage.ts";

/** The parameters of a new training state, on the host or on the device. */
interface Given {
  readonly layout: Layout;
  /** The tree that functions for masks and labels get. */
  readonly tree: unknown;
  readonly placement: GpuPlacement;
  /** The parameters on the host. */
  readonly arrays?: readonly ElementArray[];
  /** The parameters on the device. */
  readonly borrowed?: readonly Borrowed[];
  /** The leaves of integers, which stay on the host. */
  readonly integers: readonly IntegerArray[];
}

const onHost = (params: unknown, adopt: boolean, storage: GpuDtype = "f32"): Given => ({
  ...readHost(params, adopt, storage),
  tree: params,
  placement: inOwnMemory(storage),
});

const onDevice = (params: unknown, adopt: boolean, asked: GpuDtype | undefined): Given => {
  const usage = adopt ? ADOPTED : USAGE.copySource;
  const { layout, storage, borrowed, integers } = readSliceTree(params, "params", usage);
  if (asked !== undefined && asked !== storage) {
    throw new GradloomError("DTYPE_MISMATCH", `the slices are stored as ${storage}, not ${asked}.`, {
      path: "TrainState.create.storage.params",
      remedy: "Leave it out: slices have a dtype of their own.",
    });
  }
  if (adopt) {
    refuseOverlappingSlices(borrowed, layout, storage);
    refuseUnaligned(borrowed, layout);
  }
  const tree = writeTree(layout, (i) => {
    const leaf = layout.leaves[i];
    if (!leaf) return integers[i - layout.leaves.length] ?? null;
    return remoteArray(leaf.size, pathIn("params", leaf.path));
  });
  return { layout, tree, placement: { dtype: storage, lent: adopt }, borrowed, integers };
};

/** Returns whether the state before the first step depends on the values of the parameters. */
const needsValues = (state: Lowering["state"]): boolean => {
  let needs = false;
  mapState(state, NONE, "optState", {
    slot: ({ initial }) => {
      needs ||= initial === "params";
    },
    host: () => undefined,
    opaque: () => {
      needs = true;
    },
  });
  return needs;
};

/** Borrows parameters that are on the device, or copies them into the plan's own buffer. */
const place = async (
  executor: WebGpuExecutor,
  session: WebGpuSession,
  { layout, placement, borrowed }: Given,
): Promise<void> => {
  if (!borrowed) return;
  const lent = lentBuffers("params", borrowed, layout);
  if (placement.lent) {
    await refuseUnusable(executor, lent);
    session.borrow(PARAMS, borrowed);
    return;
  }
  const copies = borrowed.flatMap(({ buffer: source, offset: sourceOffset }, leaf) => {
    const to = session.plan.buffers[PARAMS]?.places[leaf];
    const size = bytesFor(layout.leaves[leaf]?.size ?? 0, placement.dtype);
    return to && size > 0 ? [{ source, sourceOffset, buffer: PARAMS, offset: to.offset, size }] : [];
  });
  await blaming(
    executor,
    () => lent,
    () => session.copyNow(copies),
  );
};

/** The options of a new training state, checked, and its plans. */
const plan = <P, S>(
  { limits }: WebGpuExecutor,
  lowerPlan: LowerPlan,
  { params, tx, ...rest }: DeviceOptions<P, S>,
) => {
  refuseMissing(params);
  const { adopt, storage, optState, step } = parseOptions(rest);
  const read = holdsSlices(params, "params") ? onDevice : onHost;
  const given = read(params, adopt, storage.params);
  const lowering = planFor(tx, given.layout, given.tree);
  const state = readState(lowering, optState);
  const lowered = (lent: boolean): GpuPlan => {
    const request: GpuRequest = { limits, params: given.placement, grads: { dtype: storage.grads, lent } };
    return lowerForDevice(lowerPlan, lowering, request);
  };
  return { tx, given, lowering, storage, state, step, lowered };
};

type Planned<P, S> = ReturnType<typeof plan<P, S>>;

/**
 * Makes a training state in a session.
 *
 * @param params - the values of the parameters, where the first state depends on them
 */
const build = <P, S>(
  executor: WebGpuExecutor,
  session: WebGpuSession,
  { tx, given, lowering, storage, state, step, lowered }: Planned<P, S>,
  params: readonly ElementArray[],
): BufferTrainState<P, S> => {
  const train = new BufferTrainState<P, S>({
    tx,
    lowering,
    session,
    executor,
    description: executor.description,
    step,
    integers: given.integers,
    storage: { params: given.placement.dtype, grads: storage.grads },
    lowerForBorrowed: () => lowered(true),
  });
  if (given.arrays) train.writeParams(given.arrays);
  train.writeState(state, params);
  return train;
};

/** The engine of a `GPUDevice`. */
export class BufferEngine implements WebGpuEngine {
  readonly name: string;
  readonly description: string;
  readonly device: GPUDevice;
  readonly #executor: WebGpuExecutor;
  readonly #lowerPlan: LowerPlan;

  constructor(executor: WebGpuExecutor, lowerPlan: LowerPlan) {
    this.name = executor.name;
    this.description = executor.description;
    this.device = executor.device;
    this.#executor = executor;
    this.#lowerPlan = lowerPlan;
  }

  async createTrainState<P, S>(options: DeviceOptions<P, S>): Promise<WebGpuTrainState<P, S>> {
    const executor = this.#executor;
    const planned = plan(executor, this.#lowerPlan, options);
    const session = await executor.open(planned.lowered(false));
    try {
      await place(executor, session, planned.given);
      const values = planned.given.arrays ?? (await valuesOf(executor, session, planned));
      return build(executor, session, planned, values);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /**
   * Makes the training state of adopted parameters without waiting for the device, whose errors show up later.
   *
   * @throws GradloomError `UNSUPPORTED` where the state before the first step is computed from the values of the parameters
   */
  createTrainStateNow<P, S>({ params, tx, ...rest }: DeviceOptions<P, S>): BufferTrainState<P, S> {
    const planned = plan(this.#executor, this.#lowerPlan, { params, tx, ...rest, adopt: true });
    const { layout, placement, borrowed = [] } = planned.given;
    const session = this.#executor.openNow(planned.lowered(false));
    try {
      session.borrow(PARAMS, borrowed);
      const isCopied = planned.state === undefined && placement.dtype === "f32";
      return build(this.#executor, session, planned, isCopied ? standInsFor(borrowed, layout) : []);
    } catch (error) {
      session.close();
      throw error;
    }
  }
}

const standInsFor = (borrowed: readonly Borrowed[], { leaves }: Layout): ElementArray[] =>
  borrowed.map((held, i) => {
    const { size, path } = leaves[i] as LeafSpec;
    return standIn({ ...held, dtype: "float32" }, size, pathIn("params", path));
  });

/** Reads the values of parameters on the device, if the state before the first step depends on them. */
const valuesOf = async (
  executor: WebGpuExecutor,
  session: WebGpuSession,
  { given: { layout, borrowed = [], placement }, lowering, state }: Planned<unknown, unknown>,
): Promise<readonly ElementArray[]> =>
  state === undefined && needsValues(lowering.state)
    ? blaming(
        executor,
        () => lentBuffers("params", borrowed, layout),
        () => readBorrowed(session, borrowed, layout.leaves, placement.dtype),
      )
    : [];
