import { expect, it } from "vitest";
import { show } from "./show.ts";

it("shows objects by their class, as it is written in the sources", () => {
  const Named = { _TrainState: class {} }._TrainState;
  expect(show(new Named())).toBe("a TrainState");
  expect(show(new Map())).toBe("a Map");
  expect(show({})).toBe("an object");
});
