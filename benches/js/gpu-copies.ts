import type { GpuPlan } from "../../ts/src/gpu/gpu-plan.ts";
import type { GpuExecutor } from "../../ts/src/gpu/session.ts";

/** Copies on a device, the yardstick for steps. */
export interface Copies {
  /** Queues copies of this number of buffers. A copy moves its bytes twice: it reads them and writes them. */
  copy(buffers: number): void;
  /** Waits until the device has finished all work. */
  drain(): Promise<void>;
  close(): void;
}

/** Makes a plan that has memory and does nothing. */
const memoryOf = (buffers: number, size: number): GpuPlan => ({
  leaves: 1,
  buffers: [...Array(buffers).fill(size), 256].map((bytes: number, i) => ({
    label: `memory ${i}`,
    size: bytes,
    places: [null],
    lent: false,
  })),
  info: buffers,
  table: [],
  tableOffset: 0,
  scalars: 0,
  scalarsSize: 16,
  dispatchWords: [],
  pipelines: [],
  phases: [],
});

/** Makes buffers of `size` bytes on a device, to copy between them. */
export const copiesOn = async (executor: GpuExecutor, buffers: number, size: number): Promise<Copies> => {
  const session = await executor.open(memoryOf(buffers, size));
  return {
    copy: (count) => session.save(Array.from({ length: count }, (_, i) => i)),
    drain: async () => {
      await session.read(buffers, 0, 4);
    },
    close: () => session.close(),
  };
};
