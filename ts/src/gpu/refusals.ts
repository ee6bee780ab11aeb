import { GradloomError } from "../error.ts";
import type { Block, PlanBuilder, Seat } from "../plan/builder.ts";
import type { Layout } from "../pytree/layout.ts";

const REMEDY = 'Use a CPU engine for this transformation, for example engine: "native" or "wasm".';

/** The error for what runs on the CPU engines only. */
export const unsupported = (path: string, message: string, cause?: unknown): GradloomError =>
  new GradloomError("UNSUPPORTED", message, { path, remedy: REMEDY, cause });

const onHost = (block: Block): readonly number[] =>
  block.runs.flatMap((run) =>
    typeof run === "number" ? [] : [...(run.arrays ? [run.seat] : []), ...run.arms.flatMap(onHost)],
  );

/** Throws where host code of a transformation looks at arrays: on a device it cannot. */
export const refuseHostCode = ({ main, seats }: PlanBuilder): void => {
  const [first] = onHost(main);
  if (first === undefined) return;
  const { name } = (seats[first] as Seat).actor;
  throw unsupported("tx", `${name} runs code on the host that looks at arrays, which cannot run on a GPU.`);
};

/** Throws where a leaf is of a type that devices do not compute in. */
export const refuseDouble = ({ leaves }: Layout): void => {
  const wide = leaves.find(({ dtype }) => dtype === "float64");
  if (wide) throw unsupported(`params.${wide.path}`, "a GPU does not compute in float64.");
};
