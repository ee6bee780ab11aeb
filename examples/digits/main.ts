import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as gl from "gradloom";
import { loadDigits } from "./data.ts";
import { percent } from "./percent.ts";
import { plotLearningCurves } from "./plot.ts";
import { showProgress } from "./progress.ts";
import { recipes } from "./recipes.ts";
import { resultsTable } from "./table.ts";
import { startTensorFlow } from "./tensorflow.ts";
import { type Run, trainWith } from "./train.ts";

const HELD_OUT = 2000;
const BATCH_SIZE = 100;
const SEED = 1;
const FULL = { epochs: 10, accuracyWanted: 0.94 };
const SHORT = { epochs: 3, accuracyWanted: 0.9 };
const PICTURE = fileURLToPath(new URL("out/learning-curves.svg", import.meta.url));

const readArguments = () => {
  try {
    return parseArgs({ options: { short: { type: "boolean", default: false } } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run demo -- [--short]`);
    return process.exit(2);
  }
};

const { epochs, accuracyWanted } = readArguments().short ? SHORT : FULL;

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());

await startTensorFlow();
const digits = loadDigits(HELD_OUT, SEED);
const trainCount = digits.train.labels.size;
const stepsPerEpoch = Math.floor(trainCount / BATCH_SIZE);
const totalSteps = epochs * stepsPerEpoch;
const plan = { epochs, stepsPerEpoch, batchSize: BATCH_SIZE, seed: SEED };

console.log(
  `Handwritten digits: ${trainCount} to train on, ${HELD_OUT} held out; ${epochs} epochs a recipe.`,
);
console.log(`Gradients by TensorFlow.js, updates by gradloom (${gl.getEngine().description}).\n`);

const runs: Run[] = [];
for (const recipe of recipes(totalSteps)) {
  const progress = showProgress(recipe.name, totalSteps, stepsPerEpoch);
  try {
    runs.push(await trainWith(recipe, digits, plan, progress, interruption.signal));
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
  } finally {
    progress.stop();
  }
  if (interruption.signal.aborted) {
    console.log("Stopped before the end: there is no picture of this run.");
    process.exit(130);
  }
}

await plotLearningCurves(runs, PICTURE);
const best = runs.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
const enough = best.accuracy >= accuracyWanted;
console.log(`\n${resultsTable(runs)}\n`);
console.log(`Learning curves: ${relative(process.cwd(), PICTURE)}`);
console.log(
  `Best: ${best.recipe}, ${percent(best.accuracy)}, ${enough ? "at least" : "less than"} the ${percent(accuracyWanted)} wanted.`,
);
process.exitCode = enough ? 0 : 1;
