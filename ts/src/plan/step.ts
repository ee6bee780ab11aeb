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

/** An instruction of a plan, see `ARCHITECTURE.md`, without its set of leaves. */
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
      /** The slots that the kernel only reads. */
      readonly readOnly?: readonly number[];
      /** Whether the kernel only reads u. */
      readonly keepsUpdates?: boolean | undefined;
      readonly scalars: Readonly<Record<string, ScalarRef>>;
      readonly axes: readonly number[];
      readonly columns?: readonly number[];
    };

/** A phase: its kernels, the buffer that u comes from, and where u goes at the end. */
export interface Phase {
  readonly input: "grads" | "updates";
  output: "none" | "registers" | "updates" | "apply";
  readonly steps: (Step & { readonly set: number })[];
}

/** The entry of a slot in a plan. */
export interface SlotSpec {
  readonly set: number;
  readonly dtype?: string;
  readonly shapes?: readonly (readonly number[])[];
}

/** For `JSON.stringify`: leaves out the fields that a plan does not have, since engines know them of their kernels. */
export const encodable = (key: string, value: unknown): unknown =>
  key === "readOnly" || key === "keepsUpdates" ? undefined : value;

/** Returns the slots that a step writes. */
export const writtenBy = (step: Step): readonly number[] => {
  if ("reduce" in step) return [];
  const slots = Object.values(step.slots);
  return "leafwise" in step ? slots.filter((slot) => !step.readOnly?.includes(slot)) : slots;
};
