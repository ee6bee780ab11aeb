/** Files of tensors, without training: what goes in comes out, and nothing else is read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deserialize, load, save, serialize } from "../../ts/src/safetensors/index.ts";
import { gl } from "../engine.ts";
import { detach, expectRefusal } from "../property/refusal.ts";
import { fileOf, headerOf } from "./files.ts";

const roundTrip = (tensors: Parameters<typeof serialize>[0]) => deserialize(serialize(tensors)).tensors;

describe("a file of tensors", () => {
  it("keeps the elements, shapes and types of all arrays", () => {
    const words = { data: Uint16Array.of(0x3f80, 0x7fc1, 1), shape: [3, 1] };
    const tensors = {
      f32: gl.tensor(Float32Array.of(1, -0, Number.NaN, 4, 5, 6), [2, 3]),
      f64: Float64Array.of(Math.PI),
      bf16: { ...words, dtype: "bfloat16" as const },
      f16: { ...words, dtype: "float16" as const },
      i8: Int8Array.of(-1),
      u8: Uint8Array.of(255, 1, 2),
      i16: Int16Array.of(-300),
      u16: Uint16Array.of(65535),
      i32: Int32Array.of(-(2 ** 31)),
      u32: Uint32Array.of(2 ** 32 - 1),
      i64: BigInt64Array.of(-(2n ** 63n)),
      u64: BigUint64Array.of(2n ** 64n - 1n),
      scalar: gl.tensor(Float32Array.of(7), []),
      none: gl.tensor(new Float32Array(0), [0, 4]),
    };
    const { tensors: read, dtypes } = deserialize(serialize(tensors));
    for (const [name, leaf] of Object.entries(tensors)) {
      const expected = ArrayBuffer.isView(leaf) ? { data: leaf, shape: [leaf.length] } : leaf;
      expect(read[name], name).toEqual(expected);
    }
    expect(dtypes).toMatchObject({ bf16: "BF16", f16: "F16", u16: "U16", i64: "I64", scalar: "F32" });
  });

  it("is the same bytes for the same tensors, whatever their order", () => {
    const [a, b] = [Float32Array.of(1), Float64Array.of(2)];
    const texts = { x: "1", y: "2" };
    const one = serialize({ a, b }, { metadata: texts });
    expect(serialize({ b, a }, { metadata: { y: "2", x: "1" } })).toEqual(one);
    expect(headerOf(one)).toBe(
      '{"__metadata__":{"x":"1","y":"2"},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}',
    );
  });

  it("is read without a copy where its bytes are aligned, and right where they are not", () => {
    const file = serialize({ w: Float32Array.of(1, 2) });
    expect(deserialize(file).tensors.w?.data.buffer).toBe(file.buffer);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    const { data } = deserialize(shifted.subarray(1)).tensors.w as { data: Float32Array };
    expect(data).toEqual(Float32Array.of(1, 2));
    expect(deserialize(file.buffer).tensors.w?.data).toEqual(data);
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    expect(deserialize(shared).tensors.w?.data).toEqual(data);
  });

  it("has booleans and small floats as bytes, whose types it tells", () => {
    const file = serialize(
      { mask: Uint8Array.of(1, 0), f8: Uint8Array.of(9) },
      { dtypes: { mask: "BOOL", f8: "F8_E4M3" } },
    );
    const { tensors, dtypes } = deserialize(file);
    expect(tensors.mask).toEqual({ data: Uint8Array.of(1, 0), shape: [2] });
    expect(dtypes).toMatchObject({ mask: "BOOL", f8: "F8_E4M3" });
    expect(serialize(tensors, { dtypes })).toEqual(file);
  });

  it("keeps names and texts of any characters", () => {
    const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
    const numbers = fc.float32Array({ maxLength: 5 });
    const texts = fc.dictionary(names, fc.string({ unit: "grapheme" }), { maxKeys: 5 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, numbers), { selector: ([name]) => name, maxLength: 8 }),
        texts,
        (entries, metadata) => {
          const tensors = Object.fromEntries(entries);
          const read = deserialize(serialize(tensors, { metadata }));
          expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
          for (const [name, data] of entries) expect(read.tensors[name]?.data).toEqual(data);
          expect({ ...read.metadata }).toEqual({ ...metadata });
        },
      ),
      { numRuns: 50 },
    );
    const odd = Object.fromEntries([
      ["__proto__", Float32Array.of(1)],
      ["constructor", Float32Array.of(2)],
      ["", Float32Array.of(3)],
    ]);
    const read = roundTrip(odd);
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.keys(read).sort()).toEqual(["", "__proto__", "constructor"]);
    expect(new Map(Object.entries(read)).get("__proto__")?.data).toEqual(Float32Array.of(1));
  });
});

describe("what cannot be written", () => {
  const w = Float32Array.of(1);
  it.each<[string, () => unknown, string, string]>([
    ["no record", () => serialize(7 as never), "INVALID_TREE", "serialize.tensors"],
    ["a number", () => serialize({ w: 7 as never }), "INVALID_TREE", 'tensors["w"]'],
    ["a tree", () => serialize({ w: { a: w } as never }), "INVALID_TREE", 'tensors["w"]'],
    [
      "a DataView",
      () => serialize({ w: new DataView(new ArrayBuffer(8)) as never }),
      "DTYPE_MISMATCH",
      'tensors["w"]',
    ],
    ["a wrong shape", () => serialize({ w: { data: w, shape: [2] } }), "SHAPE_MISMATCH", 'tensors["w"]'],
    [
      "a detached array",
      () => serialize({ w: detach(Float32Array.of(1)) }),
      "DETACHED_MEMORY",
      'tensors["w"]',
    ],
    [
      "the name of the texts",
      () => serialize({ __metadata__: w }),
      "INVALID_TREE",
      'tensors["__metadata__"]',
    ],
    ["half a character", () => serialize({ "\ud800": w }), "INVALID_HYPERPARAMETER", 'tensors["\\ud800"]'],
    [
      "a text that is none",
      () => serialize({ w }, { metadata: { a: 1 as never } }),
      "INVALID_HYPERPARAMETER",
      "serialize.metadata.a",
    ],
    [
      "texts that are none",
      () => serialize({ w }, { metadata: [] as never }),
      "INVALID_HYPERPARAMETER",
      "serialize.metadata",
    ],
    [
      "floats as booleans",
      () => serialize({ w }, { dtypes: { w: "BOOL" } }),
      "DTYPE_MISMATCH",
      'tensors["w"]',
    ],
    [
      "bytes as floats",
      () => serialize({ w: Uint8Array.of(1) }, { dtypes: { w: "F32" } }),
      "DTYPE_MISMATCH",
      'tensors["w"]',
    ],
    [
      "the type of nothing",
      () => serialize({ w }, { dtypes: { v: "BOOL" } }),
      "UNKNOWN_OPTION",
      'serialize.dtypes["v"]',
    ],
    ["an unknown option", () => serialize({ w }, { meta: {} } as never), "UNKNOWN_OPTION", "serialize.meta"],
  ])("%s is refused", (_, body, code, path) => expectRefusal(body, { code, path }));
});

describe("a hostile file", () => {
  const tensor = (dtype: string, shape: unknown, ...offsets: unknown[]) => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  const bytes = (n: number) => new Uint8Array(n);
  it.each<[string, Uint8Array]>([
    ["nothing", bytes(0)],
    ["a few bytes", bytes(7)],
    ["a length of zero", bytes(8)],
    ["the greatest length", bytes(64).fill(255)],
    ["a length just over the limit", fileOf("{}", 0, 100_000_001n)],
    ["a length over the file", fileOf("{}", 0, 3n)],
    ["a length within the JSON", fileOf("{}", 0, 1n)],
    ["no JSON", fileOf("pickle!!")],
    ["no UTF-8", fileOf(Uint8Array.of(123, 34, 255, 34, 125))],
    ["a text after the JSON", fileOf("{}x")],
    ["a deep JSON", fileOf("[".repeat(1_000_000))],
    ["a deep unknown field", fileOf(`{"a":{"x":${"[".repeat(100_000)}`)],
    ["an overlap", fileOf({ a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 1, 3) }, 3)],
    ["the same bytes twice", fileOf({ a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 0, 2) }, 2)],
    ["a hole", fileOf({ a: tensor("U8", [1], 0, 1), b: tensor("U8", [1], 2, 3) }, 3)],
    ["bytes after the last tensor", fileOf({ a: tensor("U8", [1], 0, 1) }, 2)],
    ["bytes without a tensor", fileOf({}, 1)],
    ["missing bytes", fileOf({ a: tensor("U8", [3], 0, 3) }, 2)],
    ["a gigantic tensor", fileOf({ a: tensor("F64", [2 ** 40], 0, 2 ** 43) }, 8)],
    ["a product that overflows", fileOf({ a: tensor("U8", [2 ** 32, 2 ** 32], 0, 0) })],
    [
      "a dimension over 2^53 of an empty tensor",
      fileOf('{"a":{"dtype":"U8","shape":[0,9007199254740993],"data_offsets":[0,0]}}'),
    ],
    ["a shape below zero", fileOf({ a: tensor("U8", [-1], 0, 0) })],
    ["a shape of fractions", fileOf({ a: tensor("U8", [1.5], 0, 1) }, 1)],
    ["a shape of texts", fileOf({ a: tensor("U8", ["1"], 0, 1) }, 1)],
    ["an unknown type", fileOf({ a: tensor("Q7", [1], 0, 1) }, 1)],
    ["too few offsets", fileOf({ a: tensor("U8", [1], 0) }, 1)],
    ["offsets in the wrong order", fileOf({ a: tensor("U8", [1], 1, 0) }, 1)],
    ["a tensor that is a list", fileOf('{"a":[]}')],
    [
      "a name twice",
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        2,
      ),
    ],
    [
      "an escaped name twice",
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        2,
      ),
    ],
    ["texts twice", fileOf('{"__metadata__":{"a":"1","a":"2"}}')],
    ["texts that are numbers", fileOf({ __metadata__: { a: 1 } })],
    ["half a character", fileOf('{"__metadata__":{"a":"\\ud800"}}')],
    ["a type of half a byte", fileOf({ a: tensor("F4", [3], 0, 1) }, 1)],
  ])("with %s is refused", (_, file) => {
    expectRefusal(() => deserialize(file), { code: "INVALID_FILE", path: "file" });
    expectRefusal(() => load(file), { code: "INVALID_FILE", path: "file" });
  });

  it("that torch.save wrote is refused with what to call in its place", () => {
    const file = Uint8Array.from({ length: 100 }, (_, i) => [0x50, 0x4b, 3, 4, 0x14][i] ?? 0);
    expect(() => load(file)).toThrow(/a zip archive.*torch\.save.*save_file/);
  });

  it("with a type that JavaScript lacks is refused by its name", () => {
    const file = fileOf({ "a.b": tensor("C64", [1], 0, 8) }, 8);
    expectRefusal(() => deserialize(file), { code: "UNSUPPORTED", path: '"a.b"' });
  });

  it("with a long name makes a short message", () => {
    const name = "a".repeat(1_000_000);
    const file = fileOf({ [name]: tensor("U8", [1], 1, 2) }, 2);
    expect(() => deserialize(file)).toThrow(expect.objectContaining({ code: "INVALID_FILE" }));
    try {
      deserialize(file);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(1000);
    }
  });

  it.each([7, null, undefined, {}, [1], "../a", new Map()])("that is no bytes is refused: %s", (given) => {
    expectRefusal(() => deserialize(given as never), {
      code: "INVALID_HYPERPARAMETER",
      path: "deserialize.bytes",
    });
  });

  const valid = save(
    gl.TrainState.create({
      params: { a: [Float32Array.of(1, 2)], "b/c": gl.tensor(new Float64Array(4), [2, 2]) },
      tx: gl.adam(0.1),
    }),
  );
  const readOrRefused = (file: Uint8Array): void => {
    for (const read of [() => deserialize(file), () => load(file), () => load(file, { tx: gl.adam(0.1) })]) {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(gl.GradloomError);
        expect((error as InstanceType<typeof gl.GradloomError>).code).not.toBe("INTERNAL");
      }
    }
  };

  it("of any bytes is read or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readOrRefused), { numRuns: 300 });
    fc.assert(
      fc.property(fc.json(), fc.nat(20), (json, rest) => readOrRefused(fileOf(json, rest))),
      { numRuns: 300 },
    );
  });

  it("that was a checkpoint before it was cut off, grew or changed is read or refused", () => {
    const place = fc.nat(valid.length - 1);
    fc.assert(
      fc.property(place, (end) => readOrRefused(valid.slice(0, end))),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const file = valid.slice();
        for (const [at, byte] of changes) file[at] = byte;
        readOrRefused(file);
      }),
      { numRuns: 500 },
    );
  });
});
