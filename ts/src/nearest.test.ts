import { expect, it } from "vitest";
import { doYouMean, nearest } from "./nearest.ts";

it("sorts names by the edits that they need", () => {
  const names = ["bias", "kernels", "kernel"];
  expect(nearest("kernal", names, { most: 3 })).toEqual(["kernel", "kernels", "bias"]);
  expect(nearest("BIAS", names)).toEqual(["bias"]);
  expect(nearest("x", [])).toEqual([]);
});

it("compares with parts of names where asked to", () => {
  const paths = ["bias", "layers[10].attention.kernel"];
  expect(nearest("kern", paths)).toEqual(["bias"]);
  expect(nearest("kern", paths, { inside: true })).toEqual(["layers[10].attention.kernel"]);
});

it("asks for names that are near enough", () => {
  const options = ["b1", "eps", "weightDecay", "mask"];
  expect(doYouMean("weight_decay", options)).toBe("Do you mean weightDecay? ");
  expect(doYouMean("epsilon", options)).toBe("");
  expect(doYouMean("x", ["y"])).toBe("");
  expect(doYouMean("mask", [])).toBe("");
});
