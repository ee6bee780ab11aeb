import { gpu } from "../dawn.ts";
import { gl } from "../engine.ts";
import { arraysOf, type Tree, tree } from "../trees.ts";

const STORAGE = 0x80 | 0x08 | 0x04;

/** Requests a device of the caller's, with the default limits that every device supports. */
export const requestDevice = async (): Promise<GPUDevice> => {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("Dawn has no adapter: is SwiftShader there?");
  return adapter.requestDevice();
};

/** Puts arrays into buffers of the caller's: each into its own, or all into one with gaps of some bytes. */
export const upload = (
  device: GPUDevice,
  arrays: readonly Float32Array[],
  { together = false, gap = 256, usage = STORAGE } = {},
): { buffer: GPUBuffer; offset: number; size: number }[] => {
  const sizes = arrays.map(({ byteLength }) => Math.ceil(Math.max(byteLength, 4) / gap) * gap);
  const shared = together && device.createBuffer({ size: sizes.reduce((a, b) => a + b, gap), usage });
  let next = together ? gap : 0;
  return arrays.map((array, i) => {
    const buffer = shared || device.createBuffer({ size: Math.max(array.byteLength, 4), usage });
    const offset = next;
    if (together) next += sizes[i] as number;
    device.queue.writeBuffer(buffer, offset, array as Float32Array<ArrayBuffer>);
    return { buffer, offset, size: array.byteLength };
  });
};

type Slice = gl.GpuSlice;

/** Makes a tree with a slice in place of each leaf, in the order of `arraysOf`. */
export const withSlices = (slices: readonly Slice[]) => {
  const [kernel, bias, scale, none, long] = slices as [Slice, Slice, Slice, Slice, Slice];
  return { dense: { kernel, bias }, scale, none, long };
};

const SHAPES = [[33, 70], [70], [], [0], [5000]];

/** Puts a tree of parameters on the device; its slices have shapes. */
export const onDevice = (device: GPUDevice, params: Tree, options = {}) =>
  withSlices(
    upload(device, arraysOf(params), options).map((slice, i) => ({ ...slice, shape: SHAPES[i] as number[] })),
  );

/** Puts gradients on the device. */
export const gradsOnDevice = (device: GPUDevice, grads: Tree, options = {}) =>
  withSlices(upload(device, arraysOf(grads), options));

/** Takes the same steps on the CPU and returns a snapshot. */
export const onCpu = (tx: gl.GradientTransformation, steps: readonly Tree[]) => {
  const train = gl.TrainState.create({ params: tree(1), tx });
  for (const grads of steps) train.applyGradients(grads);
  return train.snapshot();
};
