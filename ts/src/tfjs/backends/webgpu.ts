import { backend, type DataStorage, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { GradloomError } from "../../error.ts";
import type { BufferEngine } from "../../gpu/webgpu/engine.ts";
import type { BufferTrainState } from "../../gpu/webgpu/train-state.ts";
import type { ExtraArgs } from "../../plan/transformation.ts";
import type { GpuSlice } from "../../train/device-train-state.ts";
import type { Backend, Start, TfMemory, Training } from "./backend.ts";

/** The parts of the backend that give access to its buffers and its commands. */
interface WebGpuBackend {
  readonly device: GPUDevice;
  readonly tensorMap: Pick<DataStorage<{ resource: unknown; values: unknown }>, "get">;
  refCount(dataId: object): number;
  /** Gives a tensor a buffer where it has none yet. */
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Returns the engine that was given, which must run on the device of TensorFlow.js. */
const requireEngine = (engine: unknown, device: GPUDevice): BufferEngine => {
  const given = engine as Partial<BufferEngine> | null | undefined;
  const isOfDevice = typeof given?.createTrainStateNow === "function";
  if (isOfDevice && given?.device === device) return given as BufferEngine;
  const message = isOfDevice
    ? "this engine has another device than TensorFlow.js."
    : "the backend webgpu of TensorFlow.js needs an engine on its device.";
  throw new GradloomError("UNSUPPORTED", message, {
    path: "toTfOptimizer.engine",
    remedy:
      'Pass { engine: await gl.gpu.webgpu({ device: tf.backend().device }) }, or train on the host: await tf.setBackend("wasm").',
  });
};

/** The training of variables in buffers of the backend `webgpu`: steps run on its device, and the host waits for none. */
class WebGpuTraining implements Training {
  readonly memory: TfMemory = { backend: "webgpu", params: "in place", grads: "in place" };
  readonly #backend: WebGpuBackend;
  readonly #variables: readonly Variable[];
  readonly #tree: Start["tree"];
  readonly #train: BufferTrainState<unknown, unknown>;
  #buffers: readonly GPUBuffer[];
  /** The gradient of variables that have none. */
  #zeros: GPUBuffer | undefined;

  constructor({ variables, tree, tx, engine, restore, step }: Start) {
    this.#backend = backend() as unknown as WebGpuBackend;
    this.#variables = variables;
    this.#tree = tree;
    const own = requireEngine(engine, this.#backend.device);
    this.#buffers = this.#find();
    this.#flush();
    this.#train = own.createTrainStateNow({ params: this.#slices(this.#buffers), tx, step });
    try {
      if (restore) this.#train.writeState(restore(this.#train.liveState()), []);
    } catch (error) {
      this.#train.dispose();
      throw error;
    }
  }

  get step(): number {
    return this.#train.step;
  }

  get optState(): unknown {
    return this.#train.optState;
  }

  applyGradients(grads: readonly (Tensor | undefined)[], extra: ExtraArgs): void {
    const buffers = this.#find();
    if (buffers.some((buffer, i) => buffer !== this.#buffers[i])) {
      this.#train.moveParams(this.#slices(buffers));
      this.#buffers = buffers;
    }
    const slices = this.#slices(grads.map((grad) => (grad ? this.#bufferOf(grad) : this.#zerosBuffer())));
    this.#flush();
    this.#train.applyGradientsNow(slices, extra);
    // What the backend has read before the step it would return again.
    for (const { dataId } of this.#variables) this.#backend.tensorMap.get(dataId).values = null;
  }

  snapshot(): unknown {
    return this.#train.copyStateNow();
  }

  async save(): Promise<unknown> {
    return (await this.#train.snapshot()).optState;
  }

  read<T>(state: T): Promise<T> {
    return this.#train.readCopies(state);
  }

  dispose(): void {
    this.#train.dispose();
    this.#zeros?.destroy();
  }

  /** Returns the buffers of the variables, which share them with no other tensor. */
  #find(): GPUBuffer[] {
    for (const variable of this.#variables) this.#separate(variable);
    return this.#variables.map((variable) => this.#bufferOf(variable));
  }

  #bufferOf({ dataId }: Tensor): GPUBuffer {
    this.#backend.uploadToGPU(dataId);
    return this.#backend.tensorMap.get(dataId).resource as GPUBuffer;
  }

  /** Gives a variable a buffer of its own, where it shares one. */
  #separate(variable: Variable): void {
    if (this.#backend.refCount(variable.dataId) === 1) return;
    this.#bufferOf(variable);
    const { tensorRef } = variable.dataToGPU();
    variable.assign(tensorRef);
    tensorRef.dispose();
  }

  #zerosBuffer(): GPUBuffer {
    const size = 4 * Math.max(1, ...this.#variables.map((variable) => variable.size));
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    this.#zeros ??= this.#backend.device.createBuffer({ label: "zeros", size, usage });
    return this.#zeros;
  }

  #slices(buffers: readonly GPUBuffer[]): unknown {
    const slice = (i: number): GpuSlice => ({
      buffer: buffers[i] as GPUBuffer,
      shape: (this.#variables[i] as Variable).shape,
    });
    return this.#tree.make(slice);
  }

  /** Submits the commands that the backend has collected: what follows comes after them. */
  #flush(): void {
    const own = this.#backend;
    own.ensureCommandEncoderReady();
    own.endComputePassEncoder();
    own.submitQueue();
  }
}

/** The backend `webgpu`, on whose buffers steps work. */
export const webgpu: Backend = { open: (start) => new WebGpuTraining(start) };
