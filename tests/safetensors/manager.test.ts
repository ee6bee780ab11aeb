/** Checkpoints of a run in a directory: which are kept, and what a kill leaves. */
import { type ChildProcess, spawn } from "node:child_process";
import fs, { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { CheckpointManager, load } from "../../ts/src/safetensors/index.ts";

gl.setEngine(gl.nativeEngine({ threads: 1 }));

const root = mkdtempSync(join(tmpdir(), "gradloom-manager-"));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const tx = gl.sgd(1, { momentum: 0.5 });
const killedTx = gl.sgd(1, { momentum: 0 });
const trainState = () => gl.TrainState.create({ params: { w: Float32Array.of(0) }, tx });

describe("a manager of checkpoints", () => {
  it("keeps the last ones, the best one, and those of a period", async () => {
    const manager = new CheckpointManager(folder, {
      maxToKeep: 2,
      keepPeriod: 10,
      bestFn: ({ loss }) => loss as number,
      bestMode: "min",
    });
    const train = trainState();
    expect([manager.latestStep(), manager.bestStep(), manager.allSteps()]).toEqual([null, null, []]);
    for (let i = 1; i <= 14; i++) {
      train.applyGradients({ w: Float32Array.of(-1) });
      expect(await manager.save(train.step, train, { metrics: { loss: Math.abs(i - 4) } })).toBe(true);
    }
    expect(manager.allSteps()).toEqual([4, 10, 13, 14]);
    expect(readdirSync(folder).sort()).toEqual(["10", "13", "14", "4"]);
    expect([manager.latestStep(), manager.bestStep(), manager.metrics(4)]).toEqual([14, 4, { loss: 0 }]);
    const last = await manager.restore(null, { tx });
    expect({ ...last }).toEqual(train.snapshot());
    expect((await manager.restore(4)).step).toBe(4);
    await manager.delete(4);
    expect([manager.allSteps(), manager.bestStep()]).toEqual([[10, 13, 14], 10]);
    const again = new CheckpointManager(folder, { bestFn: ({ loss }) => loss as number });
    expect([again.allSteps(), again.bestStep()]).toEqual([[10, 13, 14], 14]);
    await manager.close();
    await manager.close();
    await expect(manager.save(20, train)).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("saves the first step, and multiples of the interval after the last", async () => {
    const manager = new CheckpointManager(folder, { saveIntervalSteps: 5 });
    const train = trainState();
    const saved: number[] = [];
    for (let step = 3; step <= 11; step++) {
      const due = manager.shouldSave(step);
      expect(await manager.save(step, train)).toBe(due);
      if (due) saved.push(step);
    }
    expect(saved).toEqual([3, 5, 10]);
    expect(await manager.save(7, train, { force: true })).toBe(true);
    expect(manager.allSteps()).toEqual([3, 5, 7, 10]);
    await expect(manager.save(7, train, { force: true })).rejects.toMatchObject({ code: "INVALID_STATE" });
    expect(manager.shouldSave(10)).toBe(false);
  });

  it("takes what the state is at the call, and calls in their turn", async () => {
    const manager = new CheckpointManager(folder, { maxToKeep: 2 });
    const train = trainState();
    const saves: Promise<boolean>[] = [];
    for (let i = 0; i < 5; i++) {
      train.applyGradients({ w: Float32Array.of(-1) });
      saves.push(manager.save(train.step, train));
      expect(manager.shouldSave(train.step)).toBe(false);
    }
    await expect(manager.save(5, train, { force: true })).rejects.toMatchObject({ code: "INVALID_STATE" });
    await manager.waitUntilFinished();
    expect(await Promise.all(saves)).toEqual([true, true, true, true, true]);
    expect(manager.allSteps()).toEqual([4, 5]);
    expect([...(await manager.restore(4)).params.w]).toEqual([6.125]);
    expect({ ...(await manager.restore(5)) }).toEqual(train.snapshot());
  });

  it("divides large checkpoints, and keeps metrics of any number", async () => {
    const manager = new CheckpointManager(folder, { maxShardSize: 4, bestFn: ({ x }) => x as number });
    const train = trainState();
    await manager.save(1, train, { metrics: { x: Number.NaN } });
    await manager.save(2, train, { metrics: { x: Number.NEGATIVE_INFINITY } });
    await manager.save(3, train);
    const again = new CheckpointManager(folder, { bestFn: ({ x }) => x as number });
    expect([again.metrics(1), again.metrics(2), again.metrics(3)]).toEqual([
      { x: Number.NaN },
      { x: Number.NEGATIVE_INFINITY },
      null,
    ]);
    expect(again.bestStep()).toBe(2);
    expect((await again.restore(1, { tx })).step).toBe(0);
  });

  it("says that a step is saved where former ones cannot be removed, and removes them at the next", async () => {
    let isBroken = true;
    const bestFn = () => {
      if (isBroken) throw new Error("no loss");
      return 0;
    };
    const manager = new CheckpointManager(folder, { maxToKeep: 1, bestFn });
    const metrics = { loss: 1 };
    const error = {
      code: "FILE_UNAVAILABLE",
      path: folder,
      message: expect.stringMatching(/step 1 is saved.*no loss/),
    };
    await expect(manager.save(1, trainState(), { metrics })).rejects.toMatchObject(error);
    expect(manager.allSteps()).toEqual([1]);
    isBroken = false;
    await manager.save(2, trainState(), { metrics });
    expect(manager.allSteps()).toEqual([2]);
  });

  it("refuses what cannot be right, and says where", async () => {
    expect(() => new CheckpointManager(join(folder, "none"), { create: false })).toThrow(
      expect.objectContaining({ code: "FILE_UNAVAILABLE" }),
    );
    expect(() => new CheckpointManager(7 as never)).toThrow(
      expect.objectContaining({ code: "INVALID_HYPERPARAMETER" }),
    );
    expect(() => new CheckpointManager(folder, { maxToKeep: 0 })).toThrow(/maxToKeep/);
    expect(() => new CheckpointManager(folder, { max_to_keep: 1 } as never)).toThrow(/maxToKeep/);
    const manager = new CheckpointManager(folder);
    expect(() => manager.bestStep()).toThrow(/bestFn/);
    expect(() => manager.metrics(1)).toThrow(expect.objectContaining({ code: "FILE_UNAVAILABLE" }));
    await expect(manager.restore()).rejects.toMatchObject({ code: "FILE_UNAVAILABLE", path: folder });
    await expect(manager.restore(3)).rejects.toMatchObject({ code: "FILE_UNAVAILABLE" });
    await expect(manager.save(-1, trainState())).rejects.toMatchObject({ code: "INVALID_HYPERPARAMETER" });
    await expect(manager.save(1, trainState(), { metrics: { a: "b" } as never })).rejects.toMatchObject({
      code: "INVALID_HYPERPARAMETER",
      path: "CheckpointManager.save.metrics.a",
    });
    await expect(manager.save(1, trainState(), { metrics: 7 as never })).rejects.toMatchObject({
      code: "INVALID_HYPERPARAMETER",
      path: "CheckpointManager.save.metrics",
    });
    await expect(manager.restore({ tx } as never)).rejects.toThrow(/restore\(null, \{ tx \}\)/);
    await expect(manager.save(1, {} as never)).rejects.toMatchObject({ code: "INVALID_STATE" });
    expect(readdirSync(folder)).toEqual([]);
    expect(await manager.save(1, trainState())).toBe(true);
    writeFileSync(join(folder, "1/metrics.json"), "[]");
    manager.reload();
    expect(() => manager.metrics(1)).toThrow(expect.objectContaining({ code: "INVALID_FILE" }));
  });

  it("ignores what is not its own, and removes what a killed program has left", async () => {
    mkdirSync(join(folder, "7"));
    mkdirSync(join(folder, "07"));
    mkdirSync(join(folder, "9999999999"));
    writeFileSync(join(folder, "9999999999/checkpoint.safetensors"), "of no step that there can be");
    mkdirSync(join(folder, ".step.0123456789ab.tmp/inside"), { recursive: true });
    writeFileSync(join(folder, "8"), "a file");
    const manager = new CheckpointManager(folder);
    expect(manager.allSteps()).toEqual([]);
    // Another program may be writing it.
    expect(readdirSync(folder)).toContain(".step.0123456789ab.tmp");
    await expect(manager.save(8, trainState())).rejects.toMatchObject({ code: "FILE_UNAVAILABLE" });
    expect(readdirSync(folder).sort()).toEqual(["07", "7", "8", "9999999999"]);
  });

  it("goes on where somebody else has removed a checkpoint", async () => {
    const manager = new CheckpointManager(folder, { maxToKeep: 1 });
    const train = trainState();
    await manager.save(1, train);
    rmSync(join(folder, "1"), { recursive: true });
    expect(await manager.save(2, train)).toBe(true);
    expect(manager.allSteps()).toEqual([2]);
    rmSync(join(folder, "2"), { recursive: true });
    await manager.delete(2);
    expect(manager.allSteps()).toEqual([]);
  });

  it("fails once where the metrics cannot be written, and leaves nothing", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const full = vi.spyOn(fs, "writeFileSync").mockImplementation(() => {
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    });
    try {
      const saved = new CheckpointManager(folder).save(1, trainState(), { metrics: { loss: 1 } });
      await expect(saved).rejects.toMatchObject({ code: "FILE_UNAVAILABLE", path: join(folder, "1") });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(unhandled).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      full.mockRestore();
      process.off("unhandledRejection", note);
    }
  });

  it("names the step that cannot be written, also where nothing can be removed either", async () => {
    const directory = join(folder, "run");
    const manager = new CheckpointManager(directory);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "a file");
    const error = { code: "FILE_UNAVAILABLE", path: join(directory, "1") };
    await expect(manager.save(1, trainState())).rejects.toMatchObject(error);
  });
});

describe("a program that is killed", () => {
  const program = fileURLToPath(new URL("./killed-program.ts", import.meta.url));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ["--import", "tsx", program, folder, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });

  /** Kills a program some milliseconds after it has saved some steps. Returns the steps that it said were on the disk. */
  const killed = async (child: ChildProcess, steps: number, delay: number): Promise<number[]> => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const before = said.split("\n").length;
      said += text;
      const now = said.split("\n").length;
      if (before < steps + 2 && now >= steps + 2) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    await new Promise((resolve) => child.on("close", resolve));
    return said.split("\n").slice(1, -1).map(Number);
  };

  it("at any moment leaves complete checkpoints, and all that it said were saved", {
    timeout: 120_000,
  }, async () => {
    let before = 0;
    for (let round = 0; round < 6; round++) {
      const saved = await killed(start(round % 2 ? "1000" : "1000000000"), 2 * round, 5 + 3 * round);
      const manager = new CheckpointManager(folder);
      const steps = manager.allSteps();
      const shown = readdirSync(folder).filter((name) => !name.startsWith("."));
      expect(shown.sort()).toEqual(steps.map(String).sort());
      const latest = manager.latestStep() ?? 0;
      expect(latest).toBeGreaterThanOrEqual(Math.max(before, ...saved));
      for (const step of steps) {
        const { params, step: taken } = await manager.restore(step, { tx: killedTx });
        expect(taken).toBe(step);
        expect(new Set(params.w)).toEqual(new Set([step]));
      }
      const single = await load(join(folder, "../single.safetensors"), { tx: killedTx }).catch(
        (error) => error,
      );
      if (single instanceof Error) expect(single).toMatchObject({ code: "FILE_UNAVAILABLE" });
      else expect(new Set(single.params.w)).toEqual(new Set([single.step]));
      before = latest;
    }
    expect(before).toBeGreaterThan(6);
  });
});
