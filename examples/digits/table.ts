import Table from "cli-table3";
import { percent } from "./percent.ts";
import type { Run } from "./train.ts";

/** Draws the closing table: one row for each recipe. */
export const resultsTable = (runs: Run[]): string => {
  const table = new Table({
    head: ["recipe", "held-out accuracy", "optimizer, µs a step", "share of the step"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { recipe, accuracy, updateMicros, updateShare } of runs) {
    table.push([recipe, percent(accuracy), updateMicros.toFixed(0), percent(updateShare)]);
  }
  return table.toString();
};
