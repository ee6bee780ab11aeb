import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { collectGarbage } from "../../../tests/garbage.ts";
import { expectRefusal } from "../../../tests/property/refusal.ts";
import type { Engine } from "./engine.ts";
import { nativeEngine, wasmEngine } from "./node.ts";

const code = (name: string) => expect.objectContaining({ name: "GradloomError", code: name });
const encode = (plan: unknown) => new TextEncoder().encode(JSON.stringify(plan));

/** Encodes the plan of params += scalar * grads over two leaves; the second is empty. */
const scaled = (elements = 3) =>
  encode({
    leaves: [
      { dtype: "f32", shape: [elements] },
      { dtype: "f32", shape: [0] },
    ],
    sets: [[0, 1]],
    slots: [],
    scalars: 1,
    registers: 1,
    phases: [
      {
        input: "grads",
        output: "apply",
        steps: [
          { reduce: "norm", set: 0, scope: "leaf", into: 0 },
          { map: "scale", set: 0, slots: {}, scalars: { step_size: 0 } },
        ],
      },
    ],
  });

const leaf = (session: ReturnType<Engine["open"]>, buffer: number, elements = 3) => {
  const bytes = session.buffer(buffer)!;
  return new Float32Array(bytes.buffer, bytes.byteOffset + session.offset(buffer, 0), elements);
};

const engines: [string, () => Engine][] = [
  ["native", nativeEngine],
  ["native on one thread", () => nativeEngine({ threads: 1 })],
  ["wasm", wasmEngine],
];

describe.each(engines)("a session of %s", (engine, make) => {
  it("runs over memory that both sides see", () => {
    const session = make().open(scaled());
    leaf(session, 0).set([3, 0, 4]);
    leaf(session, 1).set([1, 2, 3]);
    session.scalars()[0] = -0.5;
    session.run(0);
    expect([...leaf(session, 1)]).toEqual([-0.5, 2, 1]);
    expect([...session.registers()]).toEqual([5, 0]);
  });

  it("gives the same view each time and tells what has no memory", () => {
    const session = make().open(scaled());
    expect(session.buffer(1)).toBe(session.buffer(1));
    expect(session.buffer(99)).toBeNull();
    expect(session.offset(99, 0)).toBe(-1);
  });

  it("refuses a plan that is none, and text that is no JSON", () => {
    expect(() => make().open(encode({}))).toThrow(code("INVALID_PLAN"));
    expect(() => make().open(new Uint8Array([0xff, 0xfe]))).toThrow(code("INVALID_PLAN"));
  });

  it("refuses more memory than there is", () => {
    expect(() => make().open(scaled(2 ** 50))).toThrow(expect.objectContaining({ name: "GradloomError" }));
  });

  it("says what too much memory would have been for", () => {
    const gigabytes = scaled(2 ** 32); // More than WebAssembly can address, and than an array of Node 20 can have.
    let refusal: unknown;
    try {
      make().open(gigabytes).close();
    } catch (error) {
      refusal = error;
    }
    if (engine === "wasm" || refusal) {
      expect(refusal).toMatchObject({ code: "OUT_OF_MEMORY", message: expect.stringMatching(/memory for /) });
    }
  });

  it("shows nothing of its memory after it is closed", () => {
    const session = make().open(scaled(200_000));
    const view = leaf(session, 1, 200_000).fill(7);
    session.close();
    expect(view).toHaveLength(0);
  });

  it("is not used again after it broke", () => {
    const session = make().open(scaled());
    expect(() => session.run(9)).toThrow(code("INTERNAL"));
    expect(() => session.run(0)).toThrow(code("INTERNAL"));
    session.close();
  });

  it("is of no use after it is closed", () => {
    const session = make().open(scaled());
    session.buffer(0);
    session.scalars();
    session.close();
    session.close();
    for (const call of [
      () => session.run(0),
      () => session.buffer(0),
      () => session.buffer(1),
      () => session.offset(0, 0),
      () => session.scalars(),
      () => session.registers(),
      () => session.adopt?.(0, []) ?? session.run(0),
    ]) {
      expectRefusal(call, { code: "DISPOSED", path: "engine" });
    }
  });

  it("says where its errors come from and what to do", () => {
    for (const [call, expected] of [
      [() => make().open(encode({})), { code: "INVALID_PLAN", path: "plan" }],
      [() => make().open(scaled()).run(9), { code: "INTERNAL", path: "engine" }],
    ] as const) {
      expectRefusal(call, expected);
    }
  });

  it("keeps its memory when others are opened", () => {
    const engine = make();
    const first = engine.open(scaled());
    leaf(first, 1).set([1, 2, 3]);
    const others = Array.from({ length: 40 }, () => engine.open(scaled(200_000)));
    for (const other of others) leaf(other, 1, 200_000).fill(7);
    expect([...leaf(first, 1)]).toEqual([1, 2, 3]);
    first.run(0);
    for (const other of others) other.close();
  });
});

describe("adopted memory", () => {
  const empty = new Float32Array(0);

  it("is updated in place", () => {
    const session = nativeEngine().open(scaled());
    const params = new Float32Array([9, 1, 2, 3, 9]).subarray(1, 4);
    session.adopt!(1, [params, empty]);
    leaf(session, 0).set([1, 1, 1]);
    session.scalars()[0] = 2;
    session.run(0);
    expect([...new Float32Array(params.buffer)]).toEqual([9, 3, 4, 5, 9]);
  });

  it("is not touched after it was detached", () => {
    const session = nativeEngine().open(scaled());
    const params = new Float32Array(3);
    session.adopt!(1, [params, empty]);
    structuredClone(params.buffer, { transfer: [params.buffer] });
    expect(() => session.run(0)).toThrow(code("DETACHED_MEMORY"));
  });

  it("is not lost sight of where another leaf's is refused, or fewer are given later", () => {
    const session = nativeEngine().open(scaled());
    const params = new Float32Array(3);
    expect(() => session.adopt!(1, [params, new Float32Array(1)])).toThrow(code("SHAPE_MISMATCH"));
    session.adopt!(1, []);
    structuredClone(params.buffer, { transfer: [params.buffer] });
    expect(() => session.run(0)).toThrow(code("DETACHED_MEMORY"));
    session.adopt!(1, [new Float32Array(3), empty]);
    session.run(0);
  });

  it("must have the leaf's size and lie in nobody else's", () => {
    const session = nativeEngine().open(scaled());
    const memory = new Float32Array(8);
    expect(() => session.adopt!(1, [new Float32Array(4), empty])).toThrow(code("SHAPE_MISMATCH"));
    session.adopt!(0, [memory.subarray(0, 3), empty]);
    expect(() => session.adopt!(1, [memory.subarray(2, 5), empty])).toThrow(code("OVERLAPPING_MEMORY"));
    session.adopt!(1, [memory.subarray(3, 6), empty]);
  });

  it("must have the leaf's type and belong to one thread", () => {
    const session = nativeEngine().open(scaled());
    const refused = (array: unknown, expected: string) =>
      expect(() => session.adopt!(1, [array as Float32Array, empty])).toThrow(code(expected));
    refused(new Int32Array(3), "DTYPE_MISMATCH");
    refused(new Float64Array(3), "DTYPE_MISMATCH");
    refused(new Uint8Array(12), "DTYPE_MISMATCH");
    refused(new Float32Array(new SharedArrayBuffer(12)), "OVERLAPPING_MEMORY");
    expect(() => session.adopt!(3, [new Float32Array(3), empty])).toThrow(code("INVALID_STATE"));
    expect(() => session.adopt!(1, [new Float32Array(3), empty, empty])).toThrow(code("INVALID_STATE"));
    session.run(0);
  });

  it("is kept alive by the session of the addon", async () => {
    const session = nativeEngine().open(scaled(1000));
    const kept = new WeakRef(new Float32Array(1000));
    session.adopt!(1, [kept.deref()!, empty]);
    await collectGarbage();
    leaf(session, 0, 1000).fill(1);
    session.scalars()[0] = 2;
    session.run(0);
    expect(kept.deref()).toEqual(new Float32Array(1000).fill(2));
  });
});

describe("threads", () => {
  const running = () =>
    readdirSync("/proc/self/task").filter((task) =>
      readFileSync(`/proc/self/task/${task}/comm`, "utf8").startsWith("gradloom"),
    ).length;

  it.runIf(process.platform === "linux")("end when no session uses them", async () => {
    const large = scaled(1_000_000);
    const before = running();
    for (let threads = 2; threads < 40; threads++) {
      const session = nativeEngine({ threads }).open(large);
      leaf(session, 0, 1_000_000).fill(1);
      session.run(0);
      session.close();
    }
    await expect.poll(running, { timeout: 30_000 }).toBeLessThanOrEqual(before + 39);
  });

  it.runIf(process.platform === "linux")("are not started for plans too small to use them", () => {
    const before = running();
    const session = nativeEngine({ threads: 61 }).open(scaled());
    session.run(0);
    expect(running()).toBeLessThan(before + 60);
    session.close();
  });
});

describe("options of the native engine", () => {
  it("are checked", () => {
    expect(() => nativeEngine({ threads: -1 })).toThrow(code("INVALID_HYPERPARAMETER"));
    expect(() => nativeEngine({ isa: "mmx" })).toThrow(code("INVALID_HYPERPARAMETER"));
  });
});
