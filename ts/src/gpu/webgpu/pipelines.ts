import type { GpuPipeline } from "../gpu-plan.ts";
import { DISPATCH_BLOCK } from "../gpu-plan.ts";
import { COMPUTE_STAGE } from "./usage.ts";

/** A compiled shader with its bind group layout. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const bindings = ({ storage }: GpuPipeline): GPUBindGroupLayoutEntry[] => [
  { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: "uniform" } },
  { binding: 1, visibility: COMPUTE_STAGE, buffer: { type: "uniform", minBindingSize: DISPATCH_BLOCK } },
  ...storage.map((type, i) => ({ binding: 2 + i, visibility: COMPUTE_STAGE, buffer: { type } })),
];

const keyOf = ({ storage, wgsl }: GpuPipeline): string => `${storage}\n${wgsl}`;

/** The shaders of a device, each compiled once for all plans. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #promised = new Map<string, Promise<Compiled>>();
  readonly #known = new Map<string, Compiled>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get(wanted: GpuPipeline): Promise<Compiled> {
    const key = keyOf(wanted);
    const promised = this.#promised.get(key);
    if (promised) return promised;
    const made = this.#compile(wanted, key);
    this.#promised.set(key, made);
    made.catch(() => this.#promised.delete(key));
    return made;
  }

  /** Compiles a shader synchronously. */
  getNow(wanted: GpuPipeline): Compiled {
    const key = keyOf(wanted);
    const known = this.#known.get(key);
    if (known) return known;
    const { layout, descriptor } = this.#describe(wanted);
    const made = { layout, pipeline: this.#device.createComputePipeline(descriptor) };
    this.#known.set(key, made);
    return made;
  }

  async #compile(wanted: GpuPipeline, key: string): Promise<Compiled> {
    const { layout, descriptor } = this.#describe(wanted);
    const made = { layout, pipeline: await this.#device.createComputePipelineAsync(descriptor) };
    this.#known.set(key, made);
    return made;
  }

  #describe(wanted: GpuPipeline) {
    const { label, wgsl: code } = wanted;
    const device = this.#device;
    const layout = device.createBindGroupLayout({ label, entries: bindings(wanted) });
    const descriptor: GPUComputePipelineDescriptor = {
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label, code }), entryPoint: "main" },
    };
    return { layout, descriptor };
  }
}
