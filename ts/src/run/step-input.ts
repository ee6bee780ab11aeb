import type { ExtraArgs } from "../plan/transformation.ts";

/** The arguments of a step. */
export interface StepInput {
  /** The parameters, perhaps a getter that copies them: read it only where host code asks for them. */
  readonly params: readonly unknown[] | undefined;
  readonly extra: ExtraArgs | undefined;
  /** Throws where the caller's own code has taken away memory that the step writes; called before each phase. */
  readonly refuseLost?: (() => void) | undefined;
}

/** Makes the input of a step with host code, which may keep the parameters that it reads: they are copied, once and on demand. */
export const copying = (
  copies: () => readonly unknown[] | undefined,
  extra: ExtraArgs | undefined,
  refuseLost?: StepInput["refuseLost"],
): StepInput => {
  let made: ReturnType<typeof copies>;
  return {
    get params() {
      made ??= copies();
      return made;
    },
    extra,
    refuseLost,
  };
};
