import { expect, it } from "vitest";
import "../../../tests/engine.ts";
import type { Computation } from "./computation.ts";
import { kernels } from "./kernels.ts";

const grads = { w: new Float32Array([3, 4]) };

/** Makes a transformation whose host code records the names of what it is given. */
const looking = (seen: string[], arrays: boolean) => {
  const compute = (_: unknown, on: Computation) => {
    seen.push(...Object.keys(on));
    return {};
  };
  return kernels({
    name: "looking",
    steps: [arrays ? { compute, arrays: true } : { compute: compute as never }],
  });
};

it("host code sees arrays only where it says that it looks at them", () => {
  const [numbers, all] = [[], []] as string[][];
  const [blind, seeing] = [looking(numbers as string[], false), looking(all as string[], true)];
  blind.update(grads, blind.init(grads));
  seeing.update(grads, seeing.init(grads));
  const arrays = ["arena", "updates", "params", "allParams", "slot"];
  expect(all).toEqual(expect.arrayContaining(arrays));
  expect(numbers).toEqual(expect.arrayContaining(["reduced", "assign", "perLeaf", "extra"]));
  expect(numbers?.filter((name) => arrays.includes(name))).toEqual([]);
});
