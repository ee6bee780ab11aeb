import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, say, succeeds } from "../shell.mjs";

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  }
};

/** The environment that turns colours off where the output is no terminal: in a log they are noise. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };

/** Runs one project of vitest.config.ts with a given Node and returns its counts. A project without a test that ran has failed. */
export const testProject = (project, node = process.execPath) => {
  const folder = mkdtempSync(join(tmpdir(), "gradloom-vitest-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const ok = succeeds(node, [vitest, "run", "--project", project, ...reporters], { env: plain });
    const { numPassedTests: passed, numFailedTests, numPendingTests, testResults } = read(report);
    const brokenFiles = testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    );
    let failed = numFailedTests + brokenFiles.length;
    if ((!ok || passed === 0) && failed === 0) failed = 1;
    if (numPendingTests > 0) say(`skipped in ${project}: ${numPendingTests} tests`);
    if (passed === 0) say(`FAIL ${project}: no test ran`);
    return { passed, failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
