import { type Field, maybe, real } from "../options.ts";
import { invalid } from "./arguments.ts";

/** The factor `scale` by which a value is multiplied at step `boundary`. */
export interface ScaleAt {
  readonly boundary: number;
  readonly scale: number;
}

/** Factors, at least 0, by step: from each step on the value is multiplied by its factor. */
export type BoundariesAndScales = Readonly<Record<number, number>>;

const SCALE = real(1, { min: 0 });

const check = (value: unknown, path: string): BoundariesAndScales => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalid(
      path,
      "expected an object of { step: scale }.",
      "Write for example { 100: 0.1, 200: 0.5 }.",
    );
  }
  for (const [step, scale] of Object.entries(value)) {
    if (step.trim() === "" || !Number.isFinite(Number(step)))
      throw invalid(`${path}.${step}`, "this is no step.", "Use step numbers as keys, such as { 100: 0.1 }.");
    SCALE.check(scale, `${path}.${step}`);
  }
  return value as BoundariesAndScales;
};

/** The option `boundariesAndScales`. */
export const boundariesAndScales: Field<BoundariesAndScales | null> = maybe({ check });

/** Sorts boundaries in rising order. Of two for the same step the later one counts. */
export const sortedScales = (pairs: Iterable<readonly [step: number | string, scale: number]>): ScaleAt[] => {
  const scales = new Map<number, number>();
  for (const [step, scale] of pairs) scales.set(Number(step), scale);
  return [...scales]
    .map(([boundary, scale]) => ({ boundary, scale }))
    .sort((a, b) => a.boundary - b.boundary);
};
