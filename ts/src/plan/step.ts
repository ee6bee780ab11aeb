/** The buffer of the gradients. */
export const GRADS = 0;

/** The buffer of the parameters. */
export const PARAMS = 1;

/** The buffer of the updates. */
export const UPDATES = 2;

/** The buffer of the first slot: slot i has number FIRST_SLOT + i. */
export const FIRST_SLOT = 3;

/** A scalar of a step: the index of a host scalar, or the register of a reduction. */
export type ScalarRef = number | { readonly register: number };

/** One instruction, as `ARCHITECTURE.md` describes it, without its set of leaves. */
export type Step =
  | {
      readonly map: string;
      readonly slots: Readonly<Record<string, number>>;
      readonly scalars: Readonly<Record<string, ScalarRef>>;
    }
  | {
      readonly reduce: string;
      readonly slots?: Readonly<Record<string, number>>;
      readonly scalars?: Readonly<Record<string, ScalarRef>>;
      readonly scope: "tree" | "leaf";
      readonly into: number;
    }
  | {
      readonly leafwise: string;
      readonly slots: Readonly<Record<string, number>>;
      /** Slots among them that it only reads. */
      readonly readOnly?: readonly number[];
      /** Whether it only looks at u, as `KEEPS_U` in crates/core says of the kernel. */
      readonly keepsUpdates?: boolean | undefined;
      readonly scalars: Readonly<Record<string, ScalarRef>>;
      readonly axes: readonly number[];
      readonly columns?: readonly number[];
    };

/** What u is when a phase starts and where it goes when it ends. */
export interface Phase {
  readonly input: "grads" | "updates";
  output: "none" | "registers" | "updates" | "apply";
  readonly steps: (Step & { readonly set: number })[];
}

/** A slot as the plan says it. */
export interface SlotSpec {
  readonly set: number;
  readonly dtype?: string;
  readonly shapes?: readonly (readonly number[])[];
}

/** For `JSON.stringify`: leaves out what a plan does not say, as engines know their kernels. */
export const encodable = (key: string, value: unknown): unknown =>
  key === "readOnly" || key === "keepsUpdates" ? undefined : value;

/** The slots that a step changes. */
export const writtenBy = (step: Step): readonly number[] => {
  if ("reduce" in step) return [];
  const slots = Object.values(step.slots);
  return "leafwise" in step ? slots.filter((slot) => !step.readOnly?.includes(slot)) : slots;
};
