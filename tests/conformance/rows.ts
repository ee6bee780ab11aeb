import { parse } from "smol-toml";

/** One row of tests/golden/cases.toml or cases/*.toml with the defaults filled in. */
export interface Row {
  /** The exported name that the row covers, for example `adamw` or `contrib.muon`. */
  readonly covers: string;
  /** The name of the row among those of the same export. */
  readonly variant: string;
  readonly file: string;
  readonly gradloom: string;
  readonly optax: string;
  readonly kind: "transformation" | "function";
  readonly steps: number;
  readonly tree: string;
  readonly grads: string;
  readonly set: readonly HyperparameterWrite[];
  readonly extra: Readonly<Record<string, readonly number[]>>;
  /** The objective whose gradients are used in place of stored ones, with the extra arguments that belong to it. */
  readonly objective?: string;
  readonly tolerance: number;
  /** Whether Optax ran in double precision; "only" where single precision cannot be compared. */
  readonly double: boolean | "only";
}

/** A write to a hyperparameter in the state before a step; the name is Optax's. */
export interface HyperparameterWrite {
  readonly before: number;
  readonly name: string;
  readonly value: number;
}

type Table = Record<string, Record<string, Partial<Row> & { gradloom: string; optax: string; why?: string }>>;

const DEFAULTS = {
  kind: "transformation",
  steps: 6,
  tree: "default",
  grads: "normal",
  set: [],
  extra: {},
  tolerance: 1e-5,
  double: false,
} as const;

/** Reads the rows of one table from its text. */
export const readRows = (toml: string): Row[] =>
  Object.entries(parse(toml) as unknown as Table).flatMap(([covers, variants]) =>
    Object.entries(variants).map(([variant, row]) => {
      if ((row.tolerance !== undefined || row.double === "only") && !row.why)
        throw new Error(`${covers}.${variant}: a tolerance, or doubles only, needs a why`);
      return { ...DEFAULTS, ...row, covers, variant, file: `${covers}.${variant}.json` };
    }),
  );

/** Turns `learning_rate` into `learningRate`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
