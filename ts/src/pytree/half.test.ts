import { describe, expect, it } from "vitest";
import { bfloat16, float16 } from "./half.ts";

describe.each([
  ["bfloat16", bfloat16],
  ["float16", float16],
] as const)("%s", (_, type) => {
  it("reads back every word it writes", () => {
    for (let word = 0; word < 2 ** 16; word++) {
      const x = type.decode(word);
      if (!Number.isNaN(x)) expect(type.encode(x)).toBe(word);
    }
    expect(type.decode(type.encode(Number.NaN))).toBeNaN();
  });

  it("rounds what lies between two words to the nearer, and the middle to the even one", () => {
    for (const word of [0, 1, 0x3c00, 0x3f80, 0x7000]) {
      const [low, high] = [type.decode(word), type.decode(word + 1)];
      expect(type.encode(low + (high - low) * 0.25)).toBe(word);
      expect(type.encode(low + (high - low) * 0.75)).toBe(word + 1);
      expect(type.encode((low + high) / 2)).toBe(word % 2 === 0 ? word : word + 1);
    }
  });
});
