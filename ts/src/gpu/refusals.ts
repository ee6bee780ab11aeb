import { GradloomError } from "../error.ts";
import type { Block, PlanBuilder } from "../plan/builder.ts";
import type { Binding } from "../plan/step-hooks.ts";
import { type Layout, pathIn } from "../pytree/layout.ts";

const REMEDY = 'Use a CPU engine for this transformation, for example engine: "native" or "wasm".';

/** Returns the error for something that only CPU engines can do. */
export const unsupported = (path: string, message: string, cause?: unknown): GradloomError =>
  new GradloomError("UNSUPPORTED", message, { path, remedy: REMEDY, cause });

const onHost = (block: Block): readonly number[] =>
  block.sequence.flatMap((part) =>
    typeof part === "number"
      ? []
      : [...(part.arrays ? [part.binding] : []), ...part.branches.flatMap(onHost)],
  );

/** Throws where host code of a transformation sees arrays: it cannot on a device. */
export const refuseHostCode = ({ main, bindings }: PlanBuilder): void => {
  const [first] = onHost(main);
  if (first === undefined) return;
  const { name } = (bindings[first] as Binding).hooks;
  throw unsupported("tx", `${name} runs code on the host that looks at arrays, which cannot run on a GPU.`);
};

/** Runs a lowering. If a kernel has no shader, the error names the transformation that runs it. */
export const namingTransformation = <T>({ leafwise }: PlanBuilder, lowering: () => T): T => {
  try {
    return lowering();
  } catch (error) {
    const [, kernel = ""] = /the kernel "(\w+)" has no shader/.exec(String(error)) ?? [];
    const name = leafwise.get(kernel);
    if (!name) throw error;
    throw unsupported("tx", `${name} cannot run on a GPU: its kernel "${kernel}" has no shader.`, error);
  }
};

/** Throws where a leaf is float64: devices do not compute in it. */
export const refuseDouble = ({ leaves }: Layout): void => {
  const wide = leaves.find(({ dtype }) => dtype === "float64");
  if (wide) throw unsupported(pathIn("params", wide.path), "a GPU does not compute in float64.");
};
