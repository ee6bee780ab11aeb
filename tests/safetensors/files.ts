import { deserialize, serialize } from "../../ts/src/safetensors/index.ts";

/** Makes the bytes of a file from its JSON, or what becomes JSON, and a number of bytes of data. The length may be a wrong one. */
export const fileOf = (json: unknown, data = 0, length?: bigint): Uint8Array => {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  const header = json instanceof Uint8Array ? json : new TextEncoder().encode(text);
  const file = new Uint8Array(8 + header.length + data);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(header.length), true);
  file.set(header, 8);
  return file;
};

/** Returns the JSON of a file without the spaces after it. */
export const headerOf = (file: Uint8Array): string => {
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  return new TextDecoder().decode(file.subarray(8, 8 + Number(length))).trimEnd();
};

/** Returns the texts of a file, changed, with the same tensors. */
export const rewritten = (file: Uint8Array, change: (texts: Record<string, string>) => void): Uint8Array => {
  const { tensors, metadata } = deserialize(file);
  const texts = { ...metadata };
  change(texts);
  return serialize(tensors, { metadata: texts });
};
