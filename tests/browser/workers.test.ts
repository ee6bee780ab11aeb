import { it } from "vitest";
import * as gl from "../../ts/src/entry/browser.ts";
import { expectRelay, type Runner } from "../workers/expect-relay.ts";
import type { ModelSnapshot } from "../workers/relay.ts";

it("workers of a page train several models at once and hand snapshots on without copies", async () => {
  await gl.init();
  const workers = Array.from(
    { length: 3 },
    () => new Worker(new URL("../workers/page-worker.ts", import.meta.url), { type: "module" }),
  );
  const runners = workers.map((worker): Runner => {
    const waiting: ((snapshot: ModelSnapshot) => void)[] = [];
    worker.onmessage = ({ data }) => waiting.shift()!(data);
    return {
      run: (task, transfer) => {
        worker.postMessage(task, transfer);
        return new Promise((resolve, reject) => {
          waiting.push(resolve);
          worker.onerror = (event) => reject(new Error(event.message));
        });
      },
    };
  });
  try {
    await expectRelay(gl as never, "wasm", runners);
  } finally {
    for (const worker of workers) worker.terminate();
  }
});
