import type { GpuPlan } from "./gpu-plan.ts";
import type { GpuSession } from "./session.ts";

/** The registers of a plan, on the host and on a device. */
export class Registers {
  readonly #leaves: number;
  readonly #values: Float64Array;
  /** The registers that the host has set, and those of them whose values are not yet on the device. */
  readonly #set = new Set<number>();
  readonly #dirty = new Set<number>();
  #session: GpuSession;

  constructor({ leaves }: GpuPlan, registers: number, session: GpuSession) {
    this.#leaves = leaves;
    this.#values = new Float64Array(registers * leaves);
    this.#session = session;
  }

  /** Makes the next steps use the registers of another session. */
  use(session: GpuSession): void {
    if (this.#session === session) return;
    this.#session = session;
    for (const register of this.#set) this.#dirty.add(register);
  }

  get(register: number, leaf: number): number {
    return this.#values[register * this.#leaves + leaf] as number;
  }

  set(register: number, leaf: number, value: number): void {
    this.#values[register * this.#leaves + leaf] = value;
    this.#set.add(register);
    this.#dirty.add(register);
  }

  /** Writes values to the device that are not there yet. */
  upload(): void {
    for (const register of this.#dirty) {
      const first = register * this.#leaves;
      const single = Float32Array.from(this.#values.subarray(first, first + this.#leaves));
      this.#session.write(this.#session.plan.info, 4 * first, new Uint8Array(single.buffer));
    }
    this.#dirty.clear();
  }

  /** Reads results of reductions from the device. */
  async readBack(registers: readonly number[]): Promise<void> {
    const { first, count } = this.#range(registers);
    const { plan } = this.#session;
    const bytes = await this.#session.read(plan.info, 4 * first, 4 * count);
    const read = new Float32Array(bytes.buffer, bytes.byteOffset, count);
    for (const register of registers) {
      const from = register * this.#leaves - first;
      this.#values.set(read.subarray(from, from + this.#leaves), register * this.#leaves);
    }
  }

  /** Allocates the memory that `readBack` needs, so that it cannot fail for lack of it. */
  async reserve(registers: readonly number[]): Promise<void> {
    await this.#session.reserve?.(4 * this.#range(registers).count);
  }

  /** Returns the range of numbers from the first of some registers to the last. */
  #range(registers: readonly number[]): { readonly first: number; readonly count: number } {
    const first = Math.min(...registers) * this.#leaves;
    return { first, count: (Math.max(...registers) + 1) * this.#leaves - first };
  }
}
