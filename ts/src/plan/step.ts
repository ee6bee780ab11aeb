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
      readonly scalars: Readonly<Record<string, ScalarRef>>;
      readonly axes: readonly number[];
      readonly columns?: readonly number[];
    };

/** A step of a phase, with facts of its kernel that are not part of the plan. */
export interface PlannedStep {
  readonly step: Step & { readonly set: number };
  /** The slots that the kernel writes. */
  readonly writes: readonly number[];
  /** Whether the kernel only reads u. */
  readonly keepsUpdates: boolean;
}

/** A phase: its kernels, the buffer that u comes from, and where u goes at the end. */
export interface Phase {
  readonly input: "grads" | "updates";
  output: "none" | "registers" | "updates" | "apply";
  readonly steps: PlannedStep[];
}

/** The entry of a slot in a plan. */
export interface SlotSpec {
  readonly set: number;
  readonly dtype?: string;
  readonly shapes?: readonly (readonly number[])[];
}
