import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Curve, Run } from "./train.ts";

/** Writes the learning curves as an SVG picture: training loss beside held-out accuracy. */
export const plotLearningCurves = async (runs: Run[], file: string): Promise<void> => {
  const spec: TopLevelSpec = {
    background: "white",
    padding: 16,
    title: {
      text: "Handwritten digits: one model, four optimizers",
      anchor: "start",
      fontSize: 17,
      offset: 14,
    },
    spacing: 40,
    hconcat: [
      panel("training loss (cross-entropy)", runs, (run) => run.losses, {
        scale: { type: "log", nice: false },
        axis: { format: ".2~g", values: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] },
      }),
      panel("held-out accuracy", runs, (run) => run.accuracies, {
        scale: { domain: [0.8, 1] },
        axis: { format: ".0%" },
      }),
    ],
    config: {
      font: "Helvetica, Arial, sans-serif",
      axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal", gridColor: "#e5e5e5" },
      legend: { labelFontSize: 13, labelLimit: 300, symbolStrokeWidth: 3, columnPadding: 30 },
    },
  };
  const svg = await new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, svg);
};

const panel = (title: string, runs: Run[], curveOf: (run: Run) => Curve, y: object) => ({
  data: { values: runs.flatMap((run) => curveOf(run).map((point) => ({ recipe: run.recipe, ...point }))) },
  width: 400,
  height: 300,
  mark: { type: "line" as const, strokeWidth: 2, clip: true },
  encoding: {
    x: {
      field: "epoch",
      type: "quantitative" as const,
      scale: { nice: false, domainMin: 0 },
      axis: { tickMinStep: 1, labelFlush: false },
    },
    y: { field: "value", type: "quantitative" as const, title, ...y },
    color: {
      field: "recipe",
      type: "nominal" as const,
      sort: null,
      title: null,
      scale: { range: ["#0072b2", "#d55e00", "#009e73", "#cc79a7"] }, // told apart by colour-blind eyes too
      legend: { orient: "bottom" as const, columns: 4 },
    },
  },
});
