import { expect, it } from "vitest";
import { WrappedSchedule } from "./wrapped-schedule.ts";

const wrapped = new WrappedSchedule((count) => 10 * count);

it("counts its own steps", () => {
  const first = wrapped.init();
  const second = wrapped.update(first);
  expect([first, second, wrapped.update(second)].map((state) => wrapped.call(state))).toEqual([0, 10, 20]);
  expect(first).toEqual({ count: 0 });
});

it("stops at the greatest 32-bit integer", () => {
  const last = { count: 2 ** 31 - 1 };
  expect(wrapped.update(last)).toEqual(last);
});
