/** Bytes in memory that is not shared: `Uint8Array<ArrayBuffer>`, and `Uint8Array` before TypeScript 5.7, where it takes no argument. */
export type Bytes = ReturnType<Uint8ArrayConstructor["of"]>;
