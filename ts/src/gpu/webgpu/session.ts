import { engineError } from "../../engine/failure.ts";
import type { GpuPlan } from "../gpu-plan.ts";
import type { GpuSession } from "../session.ts";
import type { Commands } from "./commands.ts";
import type { ErrorScopes } from "./error-scopes.ts";
import type { Borrowed, Memory } from "./memory.ts";
import { type BufferPart, Reader } from "./reader.ts";
import { RecordedScalars } from "./recorded-scalars.ts";
import { UndoCopies } from "./undo-copies.ts";
import { USAGE } from "./usage.ts";

/** A copy on the device from the caller's memory into a buffer of the plan. */
export interface DeviceCopy {
  readonly source: GPUBuffer;
  readonly sourceOffset: number;
  readonly buffer: number;
  readonly offset: number;
  /** The size in bytes, a multiple of 4. */
  readonly size: number;
}

/** A plan on a `GPUDevice`. */
export class WebGpuSession implements GpuSession {
  readonly plan: GpuPlan;
  readonly memory: Memory;
  readonly #device: GPUDevice;
  readonly #commands: Commands;
  readonly #errorScopes: ErrorScopes;
  readonly #reader: Reader;
  readonly #undoCopies: UndoCopies;
  readonly #recorded: RecordedScalars;
  #copies: readonly DeviceCopy[] = [];
  #closed = false;

  constructor(
    device: GPUDevice,
    plan: GpuPlan,
    memory: Memory,
    commands: Commands,
    errorScopes: ErrorScopes,
  ) {
    this.plan = plan;
    this.memory = memory;
    this.#device = device;
    this.#commands = commands;
    this.#errorScopes = errorScopes;
    this.#reader = new Reader(device, errorScopes);
    this.#undoCopies = new UndoCopies(device, memory);
    this.#recorded = new RecordedScalars(device, plan.scalarsSize);
  }

  write(buffer: number, offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#refuseUnusable();
    this.#device.queue.writeBuffer(this.memory.buffer(buffer), offset, bytes);
  }

  async read(buffer: number, offset: number, size: number): Promise<Uint8Array> {
    return size === 0
      ? new Uint8Array(0)
      : this.readParts([{ buffer: this.memory.buffer(buffer), offset, size }]);
  }

  /** Reads parts of any buffers of the device and returns their bytes one after the other. */
  async readParts(parts: readonly BufferPart[]): Promise<Uint8Array> {
    this.#refuseUnusable();
    return this.#reader.read(parts);
  }

  async reserve(size: number): Promise<void> {
    this.#refuseUnusable();
    await this.#reader.reserve(size);
  }

  /** Borrows buffers of the caller as the memory of a buffer, one per leaf. Returns whether `prepare` is needed for them. */
  borrow(buffer: number, borrowed: readonly Borrowed[]): boolean {
    return this.#commands.borrow(buffer, borrowed);
  }

  /** Submits copies within the device. Throws if the device refuses them. */
  async copyNow(copies: readonly DeviceCopy[]): Promise<void> {
    this.#refuseUnusable();
    await this.#errorScopes.watch("a copy", () => this.submitCopies(copies));
  }

  /** Submits copies within the device. If the device refuses them, its error shows up later. */
  submitCopies(copies: readonly DeviceCopy[]): void {
    this.#refuseUnusable();
    const encoder = this.#device.createCommandEncoder({ label: "copy" });
    this.#copy(encoder, copies);
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Makes a copy of a whole buffer. */
  copyOf(buffer: number): GPUBuffer {
    this.#refuseUnusable();
    const { size, label } = this.memory.buffer(buffer);
    const usage = USAGE.copySource | USAGE.copyTarget;
    const copy = this.#device.createBuffer({ label: `copy of ${label}`, size, usage });
    const encoder = this.#device.createCommandEncoder({ label: "copy" });
    encoder.copyBufferToBuffer(this.memory.buffer(buffer), 0, copy, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    return copy;
  }

  /** Sets the copies within the device with which the next run begins. */
  copyFirst(copies: readonly DeviceCopy[]): void {
    this.#copies = copies;
  }

  /**
   * Makes the bind groups and the undo copies that steps need. Throws the errors of the device.
   *
   * @param saved - the buffers that steps save
   */
  async prepare(saved: readonly number[]): Promise<void> {
    const every = this.plan.phases.map((_, i) => i);
    try {
      await this.#errorScopes.watch("a step", () => {
        this.#commands.prepare(every);
        this.#undoCopies.prepare(saved);
      });
    } catch (error) {
      this.#commands.forgetBorrowed();
      throw error;
    }
  }

  run(phases: readonly number[], scalars: Float32Array<ArrayBuffer>): Promise<void> | undefined {
    this.#refuseUnusable();
    if (this.memory.borrows || this.#copies.length > 0) {
      return this.#errorScopes.watch("a step", () => this.#submit(phases, scalars));
    }
    this.#submit(phases, scalars);
    return undefined;
  }

  /** Runs phases like `run`, without waiting for the device to accept buffers of the caller. */
  runNow(phases: readonly number[], scalars: Float32Array<ArrayBuffer>): void {
    this.#refuseUnusable();
    this.#submit(phases, scalars);
  }

  #submit(phases: readonly number[], scalars: Float32Array<ArrayBuffer>): void {
    const { queue } = this.#device;
    if (scalars.length > 0) queue.writeBuffer(this.memory.scalars, 0, scalars);
    const encoder = this.#device.createCommandEncoder({ label: "gradloom" });
    this.#encode(encoder, phases);
    queue.submit([encoder.finish()]);
  }

  /** Records phases into the caller's encoder, with scalars of their own. */
  record(encoder: GPUCommandEncoder, phases: readonly number[], scalars: Float32Array<ArrayBuffer>): void {
    this.#refuseUnusable();
    this.#recorded.write(encoder, scalars, this.memory.scalars);
    this.#encode(encoder, phases);
  }

  save(buffers: readonly number[]): void {
    this.#refuseUnusable();
    this.#undoCopies.save(buffers);
  }

  restore(buffers: readonly number[]): void {
    this.#refuseUnusable();
    this.#undoCopies.restore(buffers);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.memory.destroy();
    for (const part of [this.#reader, this.#undoCopies]) part.destroy();
  }

  #encode(encoder: GPUCommandEncoder, phases: readonly number[]): void {
    this.#copy(encoder, this.#copies);
    this.#copies = [];
    const pass = encoder.beginComputePass({ label: "gradloom" });
    this.#commands.encode(pass, phases);
    pass.end();
  }

  #copy(encoder: GPUCommandEncoder, copies: readonly DeviceCopy[]): void {
    for (const { source, sourceOffset, buffer, offset, size } of copies) {
      encoder.copyBufferToBuffer(source, sourceOffset, this.memory.buffer(buffer), offset, size);
    }
  }

  #refuseUnusable(): void {
    if (this.#closed) throw engineError("DISPOSED", "the session is closed.");
    this.#errorScopes.refuseLost();
  }
}
