/** Files on disk: whole, divided, replaced, cut off. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { deserialize, load, loadFile, save, saveFile, serialize } from "../../ts/src/safetensors/index.ts";

gl.setEngine(gl.nativeEngine({ threads: 1 }));

const root = mkdtempSync(join(tmpdir(), "gradloom-files-"));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(folder, name);
const files = () => readdirSync(folder).sort();
const numbers = (length: number, from: number) => Float32Array.from({ length }, (_, i) => from + i);
const tensors = () => ({ a: numbers(256, 0), b: numbers(256, 1000), c: gl.tensor(numbers(6, 9), [2, 3]) });
const asFile = (all: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(all).map(([name, leaf]) => [
      name,
      ArrayBuffer.isView(leaf) ? { data: leaf, shape: [(leaf as Float32Array).length] } : leaf,
    ]),
  );

const refusal = async (body: Promise<unknown>, code: string, path: string | RegExp): Promise<void> => {
  const error = await body.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, "nothing was refused").toBeInstanceOf(gl.GradloomError);
  const { code: found, path: where, remedy, message } = error as InstanceType<typeof gl.GradloomError>;
  expect(found, message).toBe(code);
  expect(where).toMatch(path);
  expect(remedy).toMatch(/^[A-Z].*\.$/s);
};

describe("a file of tensors on disk", () => {
  it.each(["https://example.com/a.safetensors", new URL("http://example.com/a.safetensors")])(
    "is not one on the web: %s",
    async (url) => {
      await refusal(load(url), "INVALID_HYPERPARAMETER", "load.path");
      await expect(loadFile(url)).rejects.toThrow(/fetch\(url\)/);
    },
  );

  it("has the same bytes as one in memory", async () => {
    expect(await saveFile(at("model.safetensors"), tensors(), { metadata: { format: "pt" } })).toEqual([
      at("model.safetensors"),
    ]);
    expect(new Uint8Array(readFileSync(at("model.safetensors")))).toEqual(
      serialize(tensors(), { metadata: { format: "pt" } }),
    );
    const read = await loadFile(pathToFileURL(at("model.safetensors")));
    expect({ ...read.tensors }).toEqual(asFile(tensors()));
    expect({ ...read.metadata }).toEqual({ format: "pt" });
    expect(files()).toEqual(["model.safetensors"]);
  });

  it("is divided past a size as Hugging Face does, and read by its name, its index or its folder", async () => {
    const written = await saveFile(at("model.safetensors"), tensors(), { maxShardSize: "1KiB" });
    expect(written).toEqual(
      [
        "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors",
        "model.safetensors.index.json",
      ].map(at),
    );
    expect(readFileSync(at("model.safetensors.index.json"), "utf8")).toBe(
      `{
  "metadata": {
    "total_size": 2072
  },
  "weight_map": {
    "a": "model-00001-of-00003.safetensors",
    "b": "model-00002-of-00003.safetensors",
    "c": "model-00003-of-00003.safetensors"
  }
}
`,
    );
    for (const path of [at("model.safetensors"), at("model.safetensors.index.json"), folder]) {
      expect({ ...(await loadFile(path)).tensors }).toEqual(asFile(tensors()));
    }
  });

  it("is replaced as a whole, however it was divided before", async () => {
    const sizes = [undefined, 1024, 1024, 2048, undefined, 1024, 1];
    for (const [i, maxShardSize] of sizes.entries()) {
      const now = { ...tensors(), d: numbers(2, i) };
      const written = await saveFile(
        at("model.safetensors"),
        now,
        maxShardSize === undefined ? {} : { maxShardSize },
      );
      expect(files().map(at)).toEqual([...written].sort());
      expect({ ...(await loadFile(at("model.safetensors"))).tensors }).toEqual(asFile(now));
    }
  });

  it("is what the arrays were at the call, and of several saves the last one stays", async () => {
    const data = numbers(100_000, 0);
    const saves = [0, 1, 2, 3].map((i) => {
      data.fill(i);
      return saveFile(at("x.safetensors"), { data }, i % 2 ? { maxShardSize: 8 } : {});
    });
    data.fill(9);
    await Promise.all(saves);
    expect((await loadFile(at("x.safetensors"))).tensors.data?.data).toEqual(data.fill(3));
    expect(files()).toEqual(["x.safetensors"]);
  });

  it("is apart from others of almost its name", async () => {
    const names = ["x.safetensors", "x", "x.b.safetensors"];
    for (const round of [0, 1, 2]) {
      for (const [i, name] of names.entries()) {
        const parts = { a: numbers(2, round + i), b: numbers(2, i) };
        await saveFile(at(name), parts, i === round ? {} : { maxShardSize: 8 });
      }
      for (const [i, name] of names.entries()) {
        expect((await loadFile(at(name))).tensors.a?.data).toEqual(numbers(2, round + i));
      }
    }
  });

  it("leaves the former one where it cannot be written, and nothing else", async () => {
    await saveFile(at("x.safetensors"), { a: numbers(2, 0) });
    await refusal(saveFile(at("x.safetensors"), { a: 7 as never }), "INVALID_TREE", /a/);
    await refusal(saveFile(at("none/x.safetensors"), { a: numbers(2, 0) }), "FILE_UNAVAILABLE", /none/);
    await refusal(saveFile("", {}), "INVALID_HYPERPARAMETER", "saveFile.path");
    await refusal(saveFile("a\0b", {}), "INVALID_HYPERPARAMETER", "saveFile.path");
    await refusal(saveFile(at("x".repeat(300)), {}), "FILE_UNAVAILABLE", /x{300}$/);
    await refusal(saveFile(new URL("https://example.org/x"), {}), "INVALID_HYPERPARAMETER", "saveFile.path");
    await refusal(
      saveFile(at("x"), {}, { maxShardSize: "many" }),
      "INVALID_HYPERPARAMETER",
      "saveFile.maxShardSize",
    );
    expect(files()).toEqual(["x.safetensors"]);
    expect((await loadFile(at("x.safetensors"))).tensors.a?.data).toEqual(numbers(2, 0));
  });

  it("is not disturbed by what a killed program has left, which the next save removes", async () => {
    await saveFile(at("x.safetensors"), { a: numbers(2, 0) });
    const left = [
      ".x.safetensors.0123456789ab.tmp",
      "x-00001-of-00002.safetensors",
      "x.second-00001-of-00009.safetensors",
    ];
    const others = [
      "xy-00001-of-00002.safetensors",
      ".y.safetensors.0123456789ab.tmp",
      "x-1.safetensors",
      "x.safetensors.bak",
    ];
    for (const name of [...left, ...others]) writeFileSync(at(name), "half");
    expect((await loadFile(at("x.safetensors"))).tensors.a?.data).toEqual(numbers(2, 0));
    await saveFile(at("x.safetensors"), { a: numbers(2, 5) });
    expect(files()).toEqual([...others, "x.safetensors"].sort());
  });
});

describe("what cannot be read", () => {
  it("is refused with its path", async () => {
    await refusal(loadFile(at("none.safetensors")), "FILE_UNAVAILABLE", /none\.safetensors$/);
    await refusal(loadFile(folder), "FILE_UNAVAILABLE", /t-/);
    writeFileSync(at("x.safetensors"), "PK");
    await refusal(loadFile(at("x.safetensors")), "INVALID_FILE", /x\.safetensors$/);
    await refusal(load(at("x.safetensors")), "INVALID_FILE", /x\.safetensors$/);
    await saveFile(at("y.safetensors"), tensors());
    await refusal(loadFile(folder), "FILE_UNAVAILABLE", /t-/);
    truncateSync(at("y.safetensors"), 1000);
    await refusal(loadFile(at("y.safetensors")), "INVALID_FILE", /y\.safetensors$/);
    await refusal(loadFile(7 as never), "INVALID_HYPERPARAMETER", "loadFile.path");
  });

  it("takes no memory for what a small file claims", async () => {
    const file = serialize({ a: new Uint8Array(8) });
    const text = new TextDecoder("latin1").decode(file).replace("[8]", "[9]").replace("[0,8]", "[0,9]");
    writeFileSync(at("x.safetensors"), Buffer.from(text, "latin1"));
    await refusal(loadFile(at("x.safetensors")), "INVALID_FILE", /x\.safetensors$/);
    const huge = Buffer.alloc(16);
    huge.writeBigUInt64LE(99_000_000n);
    writeFileSync(at("y.safetensors"), huge);
    const before = process.memoryUsage().rss;
    await refusal(loadFile(at("y.safetensors")), "INVALID_FILE", /y\.safetensors$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });

  it.each<[string, unknown, string]>([
    ["no JSON", "{", "INVALID_FILE"],
    ["a list", [], "INVALID_FILE"],
    ["no weight_map", { metadata: {} }, "INVALID_FILE"],
    ["a weight_map that is a list", { weight_map: [] }, "INVALID_FILE"],
    ["a file that is a number", { weight_map: { a: 1 } }, "INVALID_FILE"],
    ["a file in another folder", { weight_map: { a: "../x.safetensors" } }, "INVALID_FILE"],
    ["an absolute path", { weight_map: { a: "/etc/x.safetensors" } }, "INVALID_FILE"],
    ["a file of another kind", { weight_map: { a: "passwd" } }, "INVALID_FILE"],
    ["a hidden file", { weight_map: { a: ".x.safetensors" } }, "INVALID_FILE"],
    ["a missing file", { weight_map: { a: "none.safetensors" } }, "FILE_UNAVAILABLE"],
    ["a missing tensor", { weight_map: { a: "x.safetensors", b: "x.safetensors" } }, "INVALID_FILE"],
    ["a tensor too many", { weight_map: {} }, "ok"],
    ["another tensor", { weight_map: { b: "x.safetensors" } }, "INVALID_FILE"],
  ])("is an index with %s", async (_, index, code) => {
    await saveFile(at("x.safetensors"), { a: numbers(2, 0) });
    writeFileSync(at("m.safetensors.index.json"), typeof index === "string" ? index : JSON.stringify(index));
    if (code === "ok") expect(Object.keys((await loadFile(at("m.safetensors"))).tensors)).toEqual([]);
    else await refusal(loadFile(at("m.safetensors")), code, folder);
  });
});

describe("a checkpoint on disk", () => {
  const params = () => ({ w: numbers(100, 0), b: Float64Array.of(1) });

  it("is the one in memory, divided too, and training goes on from it", async () => {
    const tx = gl.adamw(0.1);
    const train = gl.TrainState.create({ params: params(), tx });
    train.applyGradients(params());
    const [whole, divided] = [
      save(at("whole.safetensors"), train),
      save(at("run.safetensors"), train, { maxShardSize: 300 }),
    ];
    const before = train.snapshot();
    const bytes = save(train);
    train.applyGradients(params());
    expect(await whole).toHaveLength(1);
    expect((await divided).length).toBeGreaterThan(3);
    expect(new Uint8Array(readFileSync(at("whole.safetensors")))).toEqual(bytes);
    for (const name of ["whole.safetensors", "run.safetensors"]) {
      const checkpoint = await load(at(name), { tx, params: params() });
      expect({ ...checkpoint }).toEqual(before);
      const resumed = gl.TrainState.create({ ...checkpoint, tx, engine: "wasm" });
      resumed.applyGradients(params());
      expect(resumed.snapshot()).toEqual(train.snapshot());
    }
  });

  it("of another optimizer is refused by the name of the file, and a bad call before anything is written", async () => {
    const train = gl.TrainState.create({ params: params(), tx: gl.sgd(0.1) });
    await save(at("run.safetensors"), train);
    await refusal(load(at("run.safetensors"), { tx: gl.adam(0.1) }), "INVALID_STATE", "tx");
    await refusal(load(at("run.safetensors"), { tz: 1 } as never), "UNKNOWN_OPTION", "load.tz");
    await refusal(save(at("other.safetensors"), {} as never), "INVALID_STATE", "save.train");
    expect(existsSync(at("other.safetensors"))).toBe(false);
    const text = readFileSync(at("run.safetensors"));
    const plain = deserialize(text);
    await saveFile(at("plain.safetensors"), plain.tensors);
    await refusal(load(at("plain.safetensors")), "INVALID_FILE", /plain\.safetensors$/);
  });

  it("is written without a second copy of the arrays", async () => {
    const big = gl.TrainState.create({ params: { w: new Float32Array(2 ** 24) }, tx: gl.sgd(0.1) });
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const saving = save(at("big.safetensors"), big);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    await saving;
    big.dispose();
  });
});
