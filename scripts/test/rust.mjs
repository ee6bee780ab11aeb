import { softwareVulkan } from "../setup/gpu.mjs";
import { observe, say } from "../shell.mjs";

const number = (text, pattern) => Number(text.match(pattern)?.[1] ?? 0);

/** The binaries that need a GPU: without their feature they are empty. */
const onGpu = ["agreement", "executor"].map((name) => `gradloom-gpu::${name}`);

const everything = ["--workspace", "--features", "gradloom-gpu/wgpu", "--no-fail-fast"];
/** A line for each test, whatever the terminal. */
const listed = ["--color", "never", "--status-level", "pass"];

/** The workspace's tests through nextest, those of the GPU on lavapipe, then the examples in its documentation. */
export const testRust = () => {
  const units = observe("cargo", ["nextest", "run", ...everything, ...listed], { env: softwareVulkan() });
  const summary = units.text.match(/tests? run: .*/)?.[0] ?? "";
  const docs = observe("cargo", ["test", "--quiet", "--doc", "-p", "gradloom-core"]);
  const missing = onGpu.filter((binary) => !units.text.includes(` ${binary} `));
  for (const binary of missing) say(`FAIL ${binary}: no test ran`);
  const count = {
    passed: number(summary, /(\d+) passed/) + number(docs.text, /(\d+) passed/),
    failed:
      missing.length +
      number(summary, /(\d+) failed/) +
      number(summary, /(\d+) timed out/) +
      number(docs.text, /(\d+) failed/),
  };
  // A build that fails, or a runner that finds nothing, has no summary to count.
  if ((!units.ok || !docs.ok || !summary) && count.failed === 0) count.failed = 1;
  return count;
};
