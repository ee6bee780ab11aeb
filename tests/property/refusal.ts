import { expect } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { expectSameNumbers } from "../conformance/compare.ts";
import { byPath } from "../conformance/trees.ts";

/** The error that a refusal must raise. */
export interface Expected {
  readonly code: string;
  /** The path of the error, in full. */
  readonly path?: string | RegExp;
}

/**
 * Expects a GradloomError with this code and path, and that no number in the watched trees has changed. Trees are given as
 * functions, because live views must be read again afterwards.
 */
export const expectRefusal = (
  body: () => unknown,
  { code, path }: Expected,
  ...watched: (() => unknown)[]
): void => {
  const before = watched.map((tree) => byPath(tree()));
  let error: unknown;
  try {
    body();
  } catch (caught) {
    error = caught;
  }
  expect(error, "nothing was refused").toBeInstanceOf(gl.GradloomError);
  const refusal = error as InstanceType<typeof gl.GradloomError>;
  expect(refusal.code, refusal.message).toBe(code);
  if (typeof path === "string") expect(refusal.path).toBe(path);
  if (path instanceof RegExp) expect(refusal.path).toMatch(path);
  expect(refusal.path, refusal.message).toBeTruthy();
  expect(refusal.remedy, refusal.message).toMatch(/^[A-Z].*\.$/s);
  watched.forEach((tree, i) => {
    expectSameNumbers(byPath(tree()), before[i] as Map<string, number[]>, `watched tree ${i}`);
  });
};

/** Detaches an array's memory, as a transfer to a worker does. */
export const detach = <A extends Float32Array | Float64Array>(array: A): A => {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
};
