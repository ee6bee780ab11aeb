import type { GpuPlan } from "./gpu-plan.ts";
import type { GpuSession } from "./session.ts";

/** The registers of a plan, on the host and on a device. */
export class Registers {
  readonly #leaves: number;
  readonly #values: Float64Array;
  /** Registers that the host has set, and those whose values the device does not have. */
  readonly #set = new Set<number>();
  readonly #dirty = new Set<number>();
  #session: GpuSession;

  constructor({ leaves }: GpuPlan, registers: number, session: GpuSession) {
    this.#leaves = leaves;
    this.#values = new Float64Array(registers * leaves);
    this.#session = session;
  }

  /** A session of another plan has registers of its own. */
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

  /** Writes to the device what it does not have. */
  upload(): void {
    for (const register of this.#dirty) {
      const first = register * this.#leaves;
      const single = Float32Array.from(this.#values.subarray(first, first + this.#leaves));
      this.#session.write(this.#session.plan.info, 4 * first, new Uint8Array(single.buffer));
    }
    this.#dirty.clear();
  }

  /** Reads the results of reductions. */
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

  /** Makes beforehand what `readBack` needs. */
  async reserve(registers: readonly number[]): Promise<void> {
    await this.#session.reserve?.(4 * this.#range(registers).count);
  }

  /** The numbers from the first of some registers to the last. */
  #range(registers: readonly number[]): { readonly first: number; readonly count: number } {
    const first = Math.min(...registers) * this.#leaves;
    return { first, count: (Math.max(...registers) + 1) * this.#leaves - first };
  }
}
