import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { engineName, gl } from "../engine.ts";
import { collectGarbage } from "../garbage.ts";
import { expectRefusal } from "./refusal.ts";

const MIB = 2 ** 20;
const ones = (size: number) => ({ w: new Float32Array(size).fill(1) });
const zeros = (size: number) => ({ w: new Float32Array(size) });
const create = (size: number, value = 0) =>
  gl.TrainState.create({ params: { w: new Float32Array(size).fill(value) }, tx: gl.sgd(1) });

/** Returns how many MiB the process has grown by while it called `body` a number of times in one go. */
const growth = (times: number, body: (i: number) => void): number => {
  body(-1);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < times; i++) body(i);
  return (process.memoryUsage().rss - before) / MIB;
};

describe(`a view on ${engineName}`, { timeout: 120_000 }, () => {
  it("stays valid while other states come and memory is needed", () => {
    const train = create(1000, 7);
    const { w } = train.params;
    const grads = train.grads.w;
    const results = { before: train.params };
    const others = [10, 100_000, 2_000_000].map((size) => create(size, 9));
    for (const other of others) other.applyGradients(ones(other.params.w.length));
    grads.fill(2);
    train.applyGradients();
    expect(w).toEqual(new Float32Array(1000).fill(5));
    expect(results.before.w).toBe(w);
    expect(train.params.w).toBe(w);
    for (const other of others) {
      expect(other.params.w.every((x) => x === 8)).toBe(true);
      other.dispose();
    }
    expect(w).toEqual(new Float32Array(1000).fill(5));
  });

  it("can be given to pure functions and to other states", () => {
    const size = 100_000;
    const tx = gl.contrib.scheduleFreeAdamw(0.1);
    const train = gl.TrainState.create({ params: ones(size), tx });
    train.applyGradients(ones(size));
    const { params, optState } = train;
    const copy = { w: params.w.slice() };
    expect(gl.incrementalUpdate(params, zeros(size), 1)).toEqual(copy);
    const [fromViews] = gl.adam(1).update(params, gl.adam(1).init(params), params);
    const [fromCopies] = gl.adam(1).update(copy, gl.adam(1).init(copy), copy);
    expect(fromViews).toEqual(fromCopies);
    const snapshot = train.snapshot();
    expect(gl.contrib.scheduleFreeEvalParams(optState, params)).toEqual(
      gl.contrib.scheduleFreeEvalParams(snapshot.optState, snapshot.params),
    );
    const other = gl.TrainState.create({ params, tx: gl.sgd(1) });
    expect(other.params).toEqual(copy);
    expect(params).toEqual(copy);
    other.dispose();
    train.dispose();
  });

  it("keeps its memory when its state is gone, and so does a part of it", async () => {
    const kept = Array.from({ length: 20 }, () => create(1000, 7).params.w.subarray(10));
    const ofAdam = Array.from({ length: 30 }, (_, i) => {
      const params = Object.fromEntries(
        [0, 1, 2].map((leaf) => [leaf, new Float32Array(20_000 + i).fill(7)]),
      );
      const train = gl.TrainState.create({ params, tx: gl.adam(0.1) });
      const { mu, nu } = train.optState[0];
      return [train.params, train.grads, mu, nu].flatMap((tree, zero) =>
        Object.values(tree).map((view) => [view, zero ? 0 : 7] as const),
      );
    }).flat();
    await collectGarbage();
    const later = Array.from({ length: 20 }, () => create(1000, 9));
    for (const view of kept) expect(view).toEqual(new Float32Array(990).fill(7));
    for (const [view, value] of ofAdam) expect(view.every((x) => x === value)).toBe(true);
    for (const { params } of later) expect(params.w).toEqual(new Float32Array(1000).fill(9));
  });

  it("does not lose its memory to a finalizer of the session", () => {
    const { FinalizationRegistry: registry } = globalThis;
    let made = 0;
    globalThis.FinalizationRegistry = class<T> extends registry<T> {
      constructor(cleanup: (held: T) => void) {
        super(cleanup);
        made += 1;
      }
    };
    try {
      create(3_000_017).dispose(); // Of a size for which WebAssembly makes a new instance.
    } finally {
      globalThis.FinalizationRegistry = registry;
    }
    expect(made).toBe(0);
  });

  it("never shows memory of another state after its own is disposed of", () => {
    for (const size of [1000, 1_000_000]) {
      const train = create(size, 7);
      const views = [train.params.w, train.params.w.subarray(5)];
      train.dispose();
      const others = Array.from({ length: 8 }, () => create(size, 9));
      for (const view of views) expect(view.length === 0 || view.every((x) => x === 7)).toBe(true);
      for (const other of others) other.dispose();
    }
  });

  it("is posted with little more than its own memory", () => {
    const small = create(1000);
    const large = create(1_000_000);
    for (let i = 0; i < 3; i++) create(1_000_000); // Their memory is not posted.
    expect(large.params.w.buffer.byteLength).toBeLessThan((engineName === "wasm" ? 16 : 4) * MIB);
    expect(small.params.w.buffer.byteLength).toBeLessThan(6 * MIB);
    expect(structuredClone(small.params)).toEqual(zeros(1000));
    large.dispose();
  });

  it("cannot be lost in silence", () => {
    const train = gl.TrainState.create({ params: ones(10), tx: gl.adam(0.1) });
    train.applyGradients(ones(10));
    const { w } = train.params;
    const transfer = () => structuredClone(w, { transfer: [w.buffer] });
    if (engineName === "wasm") {
      const before = w[0] as number;
      try {
        transfer(); // WebAssembly memory stays where it is: Node 20 copies it, newer versions refuse.
      } catch {}
      train.applyGradients(ones(10));
      expect(w[0]).toBeLessThan(before);
      return;
    }
    const moved = transfer();
    const lost = { code: "DETACHED_MEMORY", path: "params.w" };
    expectRefusal(() => train.snapshot(), lost);
    expectRefusal(() => train.applyGradients(ones(10)), { code: "DETACHED_MEMORY" });
    expect([train.step, train.optState[0].count]).toEqual([1, 1]);
    train.dispose();
    expect(moved[0]).toBeCloseTo(0.9);
  });
});

describe(`memory on ${engineName}`, { timeout: 120_000 }, () => {
  it("is given back at once by dispose", () => {
    const grads = ones(1_000_000);
    const grown = growth(40, () => {
      const train = gl.TrainState.create({ params: grads, tx: gl.adam(0.1) });
      train.applyGradients(grads);
      train.dispose();
      train.dispose();
    });
    expect(grown).toBeLessThan(150);
  });

  it("is given back by dispose even if the state and its views are kept", () => {
    if (engineName === "wasm") return; // WebAssembly memory is freed by the collector alone.
    const grads = ones(1_000_000);
    const kept: unknown[] = [];
    const grown = growth(40, () => {
      const train = gl.TrainState.create({ params: grads, tx: gl.adam(0.1) });
      train.applyGradients(grads);
      kept.push(train, train.params, train.grads);
      train.dispose();
    });
    expect(grown).toBeLessThan(150);
    expect(kept).toHaveLength(123);
  });

  it("is freed without dispose, before the event loop turns", () => {
    const grads = ones(1_000_000);
    const grown = growth(60, () => {
      gl.TrainState.create({ params: grads, tx: gl.adam(0.1) }).applyGradients(grads);
    });
    expect(grown).toBeLessThan(500);
  });

  it("of functions that are called once is freed before they return", () => {
    const grads = ones(1_000_000);
    let target = zeros(1_000_000);
    const calls: Record<string, () => void> = {
      incrementalUpdate: () => {
        target = gl.incrementalUpdate(grads, target, 0.005);
      },
      globalNorm: () => void gl.globalNorm(grads),
      "a fresh transformation": () => {
        const tx = gl.adam(0.1);
        tx.update(grads, tx.init(grads), grads);
      },
    };
    const multi = new gl.MultiSteps(gl.sgd(0.1), 2, { shouldSkipUpdateFn: gl.skipNotFinite });
    let accumulated = multi.init(grads);
    calls["MultiSteps that skips what is not finite"] = () => {
      [, accumulated] = multi.update(grads, accumulated, grads);
    };
    calls["sam of its own"] = () => {
      const tx = gl.contrib.sam(gl.sgd(0.1), gl.sgd(0.1), { syncPeriod: 1 });
      tx.update(grads, tx.init(grads), grads);
    };
    for (const [name, call] of Object.entries(calls)) expect(growth(40, call), name).toBeLessThan(300);
  });

  it("is a few kilobytes for a state of a few numbers", () => {
    const kept: unknown[] = [];
    const grown = growth(2000, () => {
      kept.push(gl.TrainState.create({ params: ones(10), tx: gl.adam(0.1) }));
    });
    expect(grown).toBeLessThan(100);
    expect(kept).toHaveLength(2001);
  });

  it("is disposed of by `using`", () => {
    const train = create(10);
    train[Symbol.dispose]();
    expectRefusal(() => train.params, { code: "DISPOSED" });
  });

  it("of empty leaves can be adopted", () => {
    const params = { w: new Float32Array(0) };
    const train = gl.TrainState.create({ params, tx: gl.adam(0.1), adopt: true });
    train.applyGradients({ w: new Float32Array(0) });
    expect([train.step, train.params]).toEqual([1, params]);
  });
});

it(`memory that a thread has transferred outlives the thread (${engineName})`, {
  timeout: 120_000,
}, async () => {
  if (engineName === "wasm") return; // WebAssembly memory cannot be transferred.
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const gl = require("gradloom");
     const train = gl.TrainState.create({ params: { w: new Float32Array(100000).fill(7) }, tx: gl.adam(0.1) });
     train.applyGradients({ w: new Float32Array(100000) });
     const { w } = train.params;
     parentPort.postMessage(w, [w.buffer]);
     try { train.applyGradients({ w: new Float32Array(100000) }); } catch ({ code }) { parentPort.postMessage(code); }`,
    { eval: true },
  );
  const messages: unknown[] = [];
  worker.on("message", (message) => messages.push(message));
  await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  await collectGarbage();
  const [w, code] = messages as [Float32Array, string];
  expect(code).toBe("DETACHED_MEMORY");
  create(100_000, 9);
  expect(w.every((x) => x === 7)).toBe(true);
});
