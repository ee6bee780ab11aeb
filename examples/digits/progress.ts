import { SingleBar } from "cli-progress";
import { percent } from "./percent.ts";

/** A display of a run's progress. */
export interface Progress {
  update(step: number, loss: number, accuracy: number): void;
  /** Restores the terminal. */
  stop(): void;
}

/** Makes a progress bar on a terminal, and a line for each epoch elsewhere. */
export const showProgress = (recipe: string, totalSteps: number, stepsPerEpoch: number): Progress => {
  const name = recipe.padEnd(24);
  const start = performance.now();

  const report = (step: number, loss: number, accuracy: number): string => {
    const secondsLeft = ((performance.now() - start) / 1000) * (totalSteps / step - 1);
    return `loss ${loss.toFixed(3)}  held-out ${percent(accuracy)}  ${Math.ceil(secondsLeft)} s left`;
  };

  if (!process.stdout.isTTY) {
    return {
      update: (step, loss, accuracy) => {
        if (step % stepsPerEpoch > 0) return;
        const epoch = `epoch ${step / stepsPerEpoch} of ${totalSteps / stepsPerEpoch}`;
        console.log(`${name} ${epoch.padEnd(14)} ${report(step, loss, accuracy)}`);
      },
      stop: () => {},
    };
  }

  const bar = new SingleBar({
    stream: process.stdout,
    format: `${name} {bar} {report}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 16,
    hideCursor: true,
  });
  bar.start(totalSteps, 0, { report: "" });
  return {
    update: (step, loss, accuracy) => bar.update(step, { report: report(step, loss, accuracy) }),
    stop: () => bar.stop(),
  };
};
