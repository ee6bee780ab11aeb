import { GradloomError } from "../../error.ts";
import { type Layout, pathIn } from "../../pytree/layout.ts";
import type { WebGpuExecutor } from "./executor.ts";
import type { Borrowed } from "./memory.ts";
import { COMPUTE_STAGE, USAGE } from "./usage.ts";

/** A buffer that the caller lends, with the path of the leaf that is in it. */
export interface LentBuffer {
  readonly buffer: GPUBuffer;
  readonly path: string;
}

/** Lists the buffers of the leaves that have elements. */
export const lentBuffers = (root: string, borrowed: readonly Borrowed[], { leaves }: Layout): LentBuffer[] =>
  borrowed.flatMap(({ buffer }, i) => {
    const { path = "", size = 0 } = leaves[i] ?? {};
    return size > 0 ? [{ buffer, path: pathIn(root, path) }] : [];
  });

/** Binds a buffer in a compute pass whose shader does nothing. */
const bind = (device: GPUDevice, encoder: GPUCommandEncoder, buffer: GPUBuffer): void => {
  const entry = { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: "read-only-storage" } } as const;
  const layout = device.createBindGroupLayout({ entries: [entry] });
  const module = device.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" });
  const pass = encoder.beginComputePass();
  pass.setPipeline(
    device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    }),
  );
  pass.setBindGroup(0, device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] }));
  pass.dispatchWorkgroups(1);
  pass.end();
};

/** Submits commands that read buffers and have no effect. Throws if the device refuses them. */
const touch = async (
  { device, errorScopes }: WebGpuExecutor,
  buffers: ReadonlySet<GPUBuffer>,
  path: string,
): Promise<void> => {
  const scratch = device.createBuffer({ label: "probe", size: 4, usage: USAGE.copyTarget });
  const refusal =
    (code: "INVALID_TREE" | "DETACHED_MEMORY", message: string, remedy: string) => (cause: unknown) => {
      throw isRefusal(cause) ? new GradloomError(code, message, { path, remedy, cause }) : cause;
    };
  try {
    const commands = await errorScopes
      .watch("a buffer", () => {
        const encoder = device.createCommandEncoder({ label: "probe" });
        for (const buffer of buffers) {
          const copies = (buffer.usage & USAGE.copySource) !== 0;
          if (copies) encoder.copyBufferToBuffer(buffer, 0, scratch, 0, Math.min(4, buffer.size));
          else bind(device, encoder, buffer);
        }
        return encoder.finish();
      })
      .catch(
        refusal(
          "INVALID_TREE",
          "this buffer belongs to another device.",
          "Make it with the device of the engine, engine.device.",
        ),
      );
    await errorScopes
      .watch("a buffer", () => device.queue.submit([commands]))
      .catch(
        refusal(
          "DETACHED_MEMORY",
          "this buffer has been destroyed.",
          "Keep the buffers of parameters and gradients for as long as they are in use.",
        ),
      );
  } finally {
    scratch.destroy();
  }
};

/** Returns whether an error is a device's refusal of commands. */
const isRefusal = (error: unknown): boolean => error instanceof GradloomError && error.code === "INTERNAL";

/** Throws where a device cannot use a buffer, and names the leaf: WebGPU tells only error scopes whether a buffer is destroyed. */
export const refuseUnusable = async (
  executor: WebGpuExecutor,
  lent: readonly LentBuffer[],
): Promise<void> => {
  const all = new Set(lent.map(({ buffer }) => buffer));
  try {
    await touch(executor, all, "");
  } catch (error) {
    for (const { buffer, path } of lent) await touch(executor, new Set([buffer]), path);
    throw error;
  }
};

/** Runs work on buffers of the caller. If the device refuses it, the error names the leaf whose buffer is to blame. */
export const blaming = async <T>(
  executor: WebGpuExecutor,
  lent: () => readonly LentBuffer[],
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) await refuseUnusable(executor, lent());
    throw error;
  }
};
