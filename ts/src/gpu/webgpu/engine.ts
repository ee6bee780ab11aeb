import { GradloomError } from "../../error.ts";
import type { Lowering } from "../../plan/lowering.ts";
import { mapState, NONE } from "../../plan/state.ts";
import { PARAMS } from "../../plan/step.ts";
import type { ElementArray, IntegerArray } from "../../pytree/dtype.ts";
import { type Layout, pathIn, writeTree } from "../../pytree/layout.ts";
import { remoteArray } from "../../pytree/remote.ts";
import type { DeviceOptions, WebGpuEngine } from "../../train/device-engine.ts";
import { refuseMissing } from "../../train/options.ts";
import { inOwnMemory, parseOptions, planFor, readHost, readState } from "../create.ts";
import type { GpuDtype, GpuPlacement, GpuRequest } from "../gpu-plan.ts";
import { type LowerPlan, lowerForDevice } from "../lowering.ts";
import { bytesFor } from "../storage.ts";
import type { WebGpuExecutor } from "./executor.ts";
import { blaming, lentBuffers, refuseUnusable } from "./lent-buffers.ts";
import type { Borrowed } from "./memory.ts";
import { readBorrowed } from "./read-borrowed.ts";
import type { WebGpuSession } from "./session.ts";
import { holdsSlices, readSliceTree, refuseOverlappingSlices, refuseUnaligned } from "./slices.ts";
import { BufferTrainState } from "./train-state.ts";
import { USAGE } from "./usage.ts";

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
  const usage = adopt ? USAGE.storage | USAGE.copySource : USAGE.copySource;
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

/** Makes the engine of a `GPUDevice`. */
export const bufferEngine = (executor: WebGpuExecutor, lowerPlan: LowerPlan): WebGpuEngine => ({
  name: executor.name,
  description: executor.description,
  device: executor.device,
  async createTrainState<P, S>({ params, tx, ...rest }: DeviceOptions<P, S>) {
    refuseMissing(params);
    const { adopt, storage, optState, step } = parseOptions(rest);
    const read = holdsSlices(params, "params") ? onDevice : onHost;
    const given = read(params, adopt, storage.params);
    const lowering = planFor(tx, given.layout, given.tree);
    const state = readState(lowering, optState);
    const lowered = (lent: boolean) => {
      const grads = { dtype: storage.grads, lent };
      const request: GpuRequest = { limits: executor.limits, params: given.placement, grads };
      return lowerForDevice(lowerPlan, lowering, request);
    };
    const session = await executor.open(lowered(false));
    try {
      await place(executor, session, given);
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
      train.writeState(state, given.arrays ?? (await valuesOf(executor, session, given, lowering, optState)));
      return train;
    } catch (error) {
      session.close();
      throw error;
    }
  },
});

/** Reads the values of parameters on the device, if the state before the first step depends on them. */
const valuesOf = async (
  executor: WebGpuExecutor,
  session: WebGpuSession,
  { layout, borrowed = [], placement }: Given,
  { state }: Lowering,
  optState: unknown,
): Promise<readonly ElementArray[]> =>
  optState === undefined && needsValues(state)
    ? blaming(
        executor,
        () => lentBuffers("params", borrowed, layout),
        () => readBorrowed(session, borrowed, layout.leaves, placement.dtype),
      )
    : [];
