import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { engineName, gl } from "../engine.ts";
import { expectRelay, type Runner } from "./expect-relay.ts";

const source = fileURLToPath(new URL("node-worker.ts", import.meta.url));

/** Returns the program of a thread, which imports the package by its name. */
const program = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["gradloom"],
    tsconfigRaw: {},
  });
  return outputFiles[0]!.text;
};

it(`threads train several models at once and hand snapshots on without copies (${engineName})`, {
  timeout: 120_000,
}, async () => {
  const text = await program();
  const workers = Array.from({ length: 3 }, () => new Worker(text, { eval: true }));
  const runners = workers.map((worker): Runner => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      run: (task, transfer) => {
        const before = last;
        const answer = before.then(() => once(worker, "message"));
        worker.postMessage(task, transfer);
        last = answer;
        return answer.then(([snapshot]) => snapshot);
      },
    };
  });
  try {
    await expectRelay(gl, engineName, runners);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});

it("lists memory once, and leaves out what is shared or a part of other memory", () => {
  const own = new Float32Array(2);
  const part = new Float32Array(4).subarray(1, 3);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  const value = {
    own,
    again: [own, { data: own, shape: [2] }],
    part,
    shared,
    map: new Map([["k", new Set([own])]]),
  };
  expect(gl.transferList(value)).toEqual([own.buffer]);
  expect(gl.transferList(null)).toEqual([]);
});
