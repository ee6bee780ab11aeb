import { describe, expect, it } from "vitest";
import { expectRefusal } from "../../../../tests/property/refusal.ts";
import type { GpuPlan } from "../gpu-plan.ts";
import { Memory } from "./memory.ts";

const device = {
  createBuffer: (descriptor: GPUBufferDescriptor) => ({ ...descriptor, destroy: () => undefined }),
} as unknown as GPUDevice;

/** Makes a plan with gradients, parameters of a given size, no updates, and registers. */
const planWith = (size: number): GpuPlan => ({
  leaves: 1,
  buffers: [4, size, 0, 4].map((bytes, i) => ({ label: `b${i}`, size: bytes, places: [], lent: false })),
  info: 3,
  table: [],
  tableOffset: 0,
  scalars: 0,
  scalarsSize: 0,
  dispatchWords: [],
  pipelines: [],
  phases: [],
});

const refused = { code: "INTERNAL", path: "engine" };

describe("an error of the memory has a path and a remedy", () => {
  const memory = new Memory(device, planWith(8));

  it("where the plan has no such buffer", () => {
    expectRefusal(() => memory.buffer(2), refused);
  });

  it("where no memory was borrowed", () => {
    expectRefusal(() => memory.binding({ buffer: 1, leaf: 0, offset: 0, size: 4 }), refused);
  });

  it("where two plans do not agree", () => {
    expect(() => new Memory(device, planWith(8), memory)).not.toThrow();
    expectRefusal(() => new Memory(device, planWith(16), memory), refused);
  });
});
