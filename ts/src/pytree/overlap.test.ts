import { describe, expect, it } from "vitest";
import { firstOverlap, type MemoryPart, partOf } from "./overlap.ts";

const [one, other] = [new ArrayBuffer(64), new ArrayBuffer(64)];
const part = (start: number, end: number, memory: object = one): MemoryPart => ({ memory, start, end });

describe("firstOverlap", () => {
  it("finds the parts in whatever order they are given", () => {
    const [early, late] = [part(0, 9), part(8, 16)];
    expect(firstOverlap([late, part(16, 20), early])).toEqual([early, late]);
    expect(firstOverlap([part(4, 8), part(4, 8)])).toEqual([part(4, 8), part(4, 8)]);
    expect(firstOverlap([part(2, 4), part(0, 64)])).toEqual([part(0, 64), part(2, 4)]);
  });

  it("finds none where parts only touch, are empty, or are of different memory", () => {
    expect(firstOverlap([])).toBeUndefined();
    expect(firstOverlap([part(0, 8), part(8, 16)])).toBeUndefined();
    expect(firstOverlap([part(0, 8), part(4, 4), part(8, 8)])).toBeUndefined();
    expect(firstOverlap([part(0, 8), part(0, 8, other)])).toBeUndefined();
  });

  it("takes the bytes of typed arrays", () => {
    const array = new Float32Array(one, 8, 3);
    expect(partOf(array)).toEqual(part(8, 20));
    expect(firstOverlap([partOf(array), partOf(new Uint8Array(one, 19, 1))])).toBeDefined();
    expect(firstOverlap([partOf(array), partOf(new Uint8Array(one, 20, 1))])).toBeUndefined();
  });
});
