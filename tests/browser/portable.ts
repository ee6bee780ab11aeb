import { cosine } from "../../ts/src/portable/cosine.ts";
import { power } from "../../ts/src/portable/power.ts";
import { wholePower } from "../../ts/src/portable/whole-power.ts";

/** Returns a number that every bit of a list of doubles changes: FNV-1a. */
const hash = (values: readonly number[]): number => {
  let result = 0x811c9dc5;
  for (const byte of new Uint8Array(Float64Array.from(values).buffer))
    result = Math.imul(result ^ byte, 0x01000193);
  return result >>> 0;
};

const over = (f: (i: number) => number): number => hash(Array.from({ length: 20_000 }, (_, i) => f(i)));

/** Returns what the bits of portable functions add up to over many arguments. */
export const checksums = () => ({
  cosine: over((i) => cosine((Math.PI * i) / 19_999)),
  power: over((i) => power((i + 1) / 7000, ((i * 37) % 401) / 40 - 5)),
  wholePower: over((i) => wholePower(1 - ((i % 15) + 1) / 1000, i)),
});

/** The sums in every engine of JavaScript. */
export const EXPECTED = { cosine: 1369230123, power: 1827451255, wholePower: 3211853811 };
