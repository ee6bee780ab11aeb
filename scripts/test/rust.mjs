import { observe } from "../shell.mjs";

const number = (text, pattern) => Number(text.match(pattern)?.[1] ?? 0);

/** The workspace's tests through nextest, then the examples in its documentation. */
export const testRust = () => {
  const units = observe("cargo", ["nextest", "run", "--workspace", "--no-fail-fast"]);
  const summary = units.text.match(/tests? run: .*/)?.[0] ?? "";
  const docs = observe("cargo", ["test", "--quiet", "--doc", "-p", "gradloom-core"]);
  const count = {
    passed: number(summary, /(\d+) passed/) + number(docs.text, /(\d+) passed/),
    failed:
      number(summary, /(\d+) failed/) +
      number(summary, /(\d+) timed out/) +
      number(docs.text, /(\d+) failed/),
  };
  // A build that fails, or a runner that finds nothing, has no summary to count.
  if ((!units.ok || !docs.ok || !summary) && count.failed === 0) count.failed = 1;
  return count;
};
