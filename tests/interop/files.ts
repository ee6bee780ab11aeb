import { readFileSync, writeFileSync } from "node:fs";
const C: any = { F32: Float32Array, F64: Float64Array, F16: Uint16Array, BF16: Uint16Array, I32: Int32Array, I64: BigInt64Array, U32: Uint32Array, U64: BigUint64Array, U8: Uint8Array, BOOL: Uint8Array };
export const readTensors = (path: string): any => {
  const b = readFileSync(path); const n = Number(b.readBigUInt64LE(0)); const h = JSON.parse(b.subarray(8, 8 + n).toString());
  return Object.fromEntries(Object.entries(h).filter(([k]) => k !== "__metadata__").map(([k, v]: any) => { const [a, e] = v.data_offsets; const data = new C[v.dtype](new Uint8Array(b.subarray(8 + n + a, 8 + n + e)).slice().buffer); return [k, { data, shape: v.shape, ...(v.dtype === "BF16" ? { dtype: "bfloat16" } : v.dtype === "F16" ? { dtype: "float16" } : {}) }]; }));
};
export const writeTensors = (path: string, tensors: any): void => {
  const N: any = { Float32Array: "F32", Float64Array: "F64", Int32Array: "I32", BigUint64Array: "U64", BigInt64Array: "I64", Uint32Array: "U32", Uint8Array: "U8" };
  const h: any = {}; let o = 0; const parts: Uint8Array[] = [];
  for (const [k, t] of Object.entries<any>(tensors)) { const bytes = new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength); h[k] = { dtype: t.dtype === "bfloat16" ? "BF16" : t.dtype === "float16" ? "F16" : N[t.data.constructor.name], shape: t.shape, data_offsets: [o, o + bytes.length] }; o += bytes.length; parts.push(bytes); }
  let j = JSON.stringify(h); while (j.length % 8) j += " ";
  const l = Buffer.alloc(8); l.writeBigUInt64LE(BigInt(j.length)); writeFileSync(path, Buffer.concat([l, Buffer.from(j), ...parts]));
};
