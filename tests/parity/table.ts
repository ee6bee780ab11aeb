import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { exportedTypes } from "../docs/exports.ts";
import { valueAt } from "./evidence.ts";
import { optax, ourName } from "./optax.ts";

/** The reason why a name is missing, or how it differs. */
interface Difference {
  readonly status: "different" | "not applicable" | "later";
  readonly why: string;
}

const differences = parse(
  readFileSync(new URL("./differences.toml", import.meta.url), "utf8"),
) as unknown as Readonly<Record<string, Readonly<Record<string, Difference>>>>;

/** One name of Optax, and whether gradloom has it. */
export interface ParityRow {
  readonly module: string;
  readonly name: string;
  readonly ours: string;
  readonly present: boolean;
  readonly difference: Difference | undefined;
}

const types = new Set(exportedTypes());

const isPresent = (path: string): boolean => {
  return valueAt(path) !== undefined || types.has(path) || types.has(path.split(".").at(-1) as string);
};

/** The modules whose names, with few exceptions, are also exported at Optax's root. */
const ALSO_AT_ROOT = ["optax.transforms", "optax.schedules"];

const differenceOf = (module: string, name: string): Difference | undefined => {
  const home = module === "optax" && optax["optax.losses"]?.[name] ? "optax.losses" : module;
  const atRoot = ALSO_AT_ROOT.includes(module) ? differences.optax?.[name] : undefined;
  return differences[module]?.[name] ?? atRoot ?? differences[home]?.["*"];
};

/** Every public name of Optax. */
export const parityRows: readonly ParityRow[] = Object.entries(optax).flatMap(([module, names]) =>
  Object.keys(names).map((name) => {
    const ours = ourName(module, name);
    const difference = differenceOf(module, name);
    return { module, name, ours, present: isPresent(ours), difference };
  }),
);

/** The names in differences.toml that Optax does not have. */
export const strayDifferences: readonly string[] = Object.entries(differences).flatMap(([module, names]) =>
  Object.keys(names)
    .filter((name) => name !== "*" && optax[module]?.[name] === undefined)
    .map((name) => `${module}.${name}`),
);

const describeRow = ({ name, ours, present, difference }: ParityRow): string => {
  const status = difference ? `${difference.status}: ${difference.why}` : "works";
  return `| \`${name}\` | ${present ? `\`${ours}\`` : ""} | ${status} |`;
};

/** Writes the page docs/parity.md. */
export const parityPage = (): string => {
  const sections = Object.keys(optax).map((module) => {
    const rows = parityRows.filter((row) => row.module === module);
    return `## ${module}\n\n| Optax | gradloom | |\n| --- | --- | --- |\n${rows.map(describeRow).join("\n")}\n`;
  });
  const there = parityRows.filter(({ present }) => present);
  const works = there.filter(({ difference }) => !difference).length;
  return [
    "# Parity with Optax 0.2.8\n",
    "Made from Optax's own list of names by [tests/parity](../tests/parity); a test fails where it is out of date, or where a name",
    "is said to work and no case of its own compares it with Optax.",
    `Of ${parityRows.length} names, counting every module a name appears in, ${works} work as in Optax and`,
    `${there.length - works} are there and differ as the table says.\n`,
    ...sections,
  ].join("\n");
};
