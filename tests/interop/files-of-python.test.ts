/** Files go to and from the library safetensors for Python, whole and divided. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { deserialize, loadFile, save, saveFile, serialize } from "../../ts/src/safetensors/index.ts";
import { python } from "./python.ts";

const folder = mkdtempSync(join(tmpdir(), "gradloom-python-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a file", () => {
  it("of tensors and checkpoints is read by Python, with every type, name and text", async () => {
    const words = { data: Uint16Array.of(0x3f80, 0xc000), shape: [1, 2] };
    const train = gl.TrainState.create({
      params: { "a/b.c": gl.tensor(Float32Array.of(1.5, -2), [2, 1]), "": Float64Array.of(0.1) },
      tx: gl.adam(0.1),
    });
    train.applyGradients({ "a/b.c": gl.tensor(Float32Array.of(1, 1), [2, 1]), "": Float64Array.of(1) });
    const { tensors, dtypes } = deserialize(save(train));
    const all = {
      ...tensors,
      bf16: { ...words, dtype: "bfloat16" as const },
      f16: { data: Uint16Array.of(0x3c00, 0xc000), shape: [2], dtype: "float16" as const },
      i64: BigInt64Array.of(-5n),
      i32: Int32Array.of(-3),
      mask: Uint8Array.of(1, 0, 1),
      u8: Uint8Array.of(255),
      scalar: gl.tensor(Float32Array.of(3), []),
      empty: gl.tensor(new Float32Array(0), [0, 2]),
    };
    const options = { metadata: { note: "für alle" }, dtypes: { ...dtypes, mask: "BOOL" } };
    await saveFile(join(folder, "whole.safetensors"), all, options);
    await saveFile(join(folder, "divided.safetensors"), all, { ...options, maxShardSize: 16 });
    const checkpoint = Object.entries(tensors).map(([name, { data, shape }]) => [
      name,
      [data instanceof Float64Array ? "float64" : "float32", shape, [...(data as Float32Array)]],
    ]);
    const expected = {
      ...Object.fromEntries(checkpoint),
      bf16: ["bfloat16", [1, 2], [1, -2]],
      f16: ["float16", [2], [1, -2]],
      i64: ["int64", [1], [-5]],
      i32: ["int32", [1], [-3]],
      mask: ["bool", [3], [true, false, true]],
      u8: ["uint8", [1], [255]],
      scalar: ["float32", [], [3]],
      empty: ["float32", [0, 2], []],
    };
    writeFileSync(join(folder, "expected.json"), JSON.stringify(expected));
    python("files_of_python.py", "check", folder);
  });

  it("of Python is read, and written again with the same bytes", async () => {
    python("files_of_python.py", "write", folder);
    const path = join(folder, "python.safetensors");
    const { tensors, metadata, dtypes } = await loadFile(path);
    expect({ ...metadata }).toEqual({ format: "pt" });
    const floats = [0.5, -1.25, 3, 0];
    expect(tensors.float64).toEqual({ data: Float64Array.from(floats), shape: [2, 2] });
    expect(tensors.float32).toEqual({ data: Float32Array.from(floats), shape: [2, 2] });
    expect(tensors.bfloat16).toEqual({
      data: Uint16Array.of(0x3f00, 0xbfa0, 0x4040, 0),
      shape: [2, 2],
      dtype: "bfloat16",
    });
    expect(tensors.float16).toEqual({
      data: Uint16Array.of(0x3800, 0xbd00, 0x4200, 0),
      shape: [2, 2],
      dtype: "float16",
    });
    expect(tensors.int64).toEqual({ data: BigInt64Array.of(1n, 2n, 3n, 127n), shape: [2, 2] });
    expect(tensors.int8).toEqual({ data: Int8Array.of(1, 2, 3, 127), shape: [2, 2] });
    expect([tensors.bool, dtypes.bool]).toEqual([{ data: Uint8Array.of(1, 0, 1, 1), shape: [2, 2] }, "BOOL"]);
    expect(tensors.scalar).toEqual({ data: Float32Array.of(7), shape: [] });
    expect(tensors.empty).toEqual({ data: new Float32Array(0), shape: [0, 3] });
    expect(serialize(tensors, { metadata, dtypes })).toEqual(new Uint8Array(readFileSync(path)));
  });
});
