import { expect, it } from "vitest";
import { joinSchedules } from "./join-schedules.ts";

it("gives each schedule the steps since its own start", () => {
  const counts = (name: string) => (count: number) => {
    seen.push(`${name}${count}`);
    return count;
  };
  const seen: string[] = [];
  const schedule = joinSchedules([counts("a"), counts("b"), counts("c")], [2, 3]);
  for (let count = -1; count < 5; count += 1) schedule(count);
  expect(seen).toEqual(["a-1", "a0", "a1", "b0", "c0", "c1"]);
});

it("keeps its own copy of the lists", () => {
  const boundaries = [1];
  const schedules = [() => 1, () => 2];
  const schedule = joinSchedules(schedules, boundaries);
  boundaries[0] = 9;
  schedules.length = 0;
  expect([0, 1].map(schedule)).toEqual([1, 2]);
});

it("says how many boundaries it expects", () => {
  expect(() => joinSchedules([() => 1], [1])).toThrow(
    "joinSchedules.boundaries: expected an array of length 0. Pass one boundary fewer than schedules.",
  );
});
