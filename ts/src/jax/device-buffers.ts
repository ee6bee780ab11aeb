import { getWebGPUDevice, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../error.ts";
import { sizeOf } from "../pytree/shape.ts";
import type { GpuSlice } from "../train/device-train-state.ts";
import { type ArrayForm, makeAll, widened } from "./array.ts";

/** Throws unless an engine runs on the device of jax-js. */
export const refuseOtherDevice = (engine: { readonly device?: unknown }, path: string): void => {
  const remedy = 'Call await init("webgpu"), and pass await gl.gpu.webgpu({ device: getWebGPUDevice() }).';
  let own: GPUDevice;
  try {
    own = getWebGPUDevice();
  } catch (cause) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "jax-js has no WebGPU device.", { path, remedy, cause });
  }
  if (engine.device === own) return;
  throw new GradloomError("INVALID_HYPERPARAMETER", "this engine is not on the device of jax-js.", {
    path,
    remedy,
  });
};

/** Throws where an array is not on the WebGPU device. */
export const refuseElsewhere = ({ device }: Pick<ArrayForm, "device">, path: string): void => {
  if (device === "webgpu") return;
  throw new GradloomError("INVALID_TREE", `this array is on the device ${device}, the state is on webgpu.`, {
    path,
    remedy: 'Move it: await devicePut(x, "webgpu").',
  });
};

/** Buffers of arrays in single precision, lent to gradloom until they are released. */
export class LentBuffers {
  readonly #held: np.Array[] = [];

  /** Waits until an array is computed, and returns its buffer. Its references stay as they are. */
  slice(array: np.Array): Promise<GpuSlice> {
    return this.sliceOf(widened(array));
  }

  /** Does the same for an array that nobody else needs. */
  async sliceOf(array: np.Array): Promise<GpuSlice> {
    this.#held.push(array);
    const { shape, size } = array;
    return { buffer: await array.ref.gpuBuffer(), shape: [...shape], size: 4 * size };
  }

  release(): void {
    for (const array of this.#held.splice(0)) array.dispose();
  }
}

/** Makes arrays of floats with memory of their own, and copies slices of buffers into them on the device. */
export const copySlices = (slices: readonly GpuSlice[], forms: readonly ArrayForm[]): np.Array[] => {
  const device = getWebGPUDevice();
  const arrays = makeAll(
    forms.map(
      ({ shape }) =>
        () =>
          np.zeros([...shape], { dtype: np.float32, device: "webgpu" }),
    ),
  );
  const encoder = device.createCommandEncoder();
  arrays.forEach((array, i) => {
    const { buffer, offset = 0 } = slices[i] as GpuSlice;
    const size = 4 * sizeOf(array.shape);
    if (size > 0) encoder.copyBufferToBuffer(buffer, offset, array.ref.gpuBufferSync(), 0, size);
  });
  device.queue.submit([encoder.finish()]);
  return arrays.map((array, i) => {
    const { dtype } = forms[i] as ArrayForm;
    return dtype === np.float32 ? array : array.astype(dtype);
  });
};
