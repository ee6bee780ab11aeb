import type { GpuLimits, GpuPlan } from "../gpu-plan.ts";
import type { GpuExecutor } from "../session.ts";
import { Commands } from "./commands.ts";
import { ErrorScopes } from "./error-scopes.ts";
import { Memory } from "./memory.ts";
import { type Compiled, Pipelines } from "./pipelines.ts";
import { WebGpuSession } from "./session.ts";

/** An executor of plans on a `GPUDevice`, the caller's or a new one. */
export class WebGpuExecutor implements GpuExecutor<WebGpuSession> {
  readonly name = "webgpu";
  readonly description: string;
  readonly limits: GpuLimits;
  readonly device: GPUDevice;
  readonly errorScopes: ErrorScopes;
  readonly #pipelines: Pipelines;

  constructor(device: GPUDevice, description: string, limits: GpuLimits) {
    this.device = device;
    this.description = description;
    this.limits = limits;
    this.errorScopes = new ErrorScopes(device);
    this.#pipelines = new Pipelines(device);
  }

  /** @param other - a session of another plan of the same transformation and tree, whose parameters and state are shared */
  async open(plan: GpuPlan, other?: WebGpuSession): Promise<WebGpuSession> {
    const { errorScopes } = this;
    const pipelines = await errorScopes.watch("the shaders", () =>
      Promise.all(plan.pipelines.map((pipeline) => this.#pipelines.get(pipeline))),
    );
    let built: WebGpuSession | undefined;
    try {
      return await errorScopes.watch("the state", () => {
        built = this.#build(plan, pipelines, other);
        return built;
      });
    } catch (error) {
      built?.close();
      throw error;
    }
  }

  /** Opens a session synchronously; errors of the device show up later. */
  openNow(plan: GpuPlan, other?: WebGpuSession): WebGpuSession {
    this.errorScopes.refuseLost();
    const pipelines = plan.pipelines.map((pipeline) => this.#pipelines.getNow(pipeline));
    return this.#build(plan, pipelines, other);
  }

  #build(plan: GpuPlan, pipelines: readonly Compiled[], other: WebGpuSession | undefined): WebGpuSession {
    const memory = new Memory(this.device, plan, other?.memory);
    const commands = new Commands(this.device, plan, memory, pipelines);
    return new WebGpuSession(this.device, plan, memory, commands, this.errorScopes);
  }
}
