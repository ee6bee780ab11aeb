/** Returns the WebAssembly module from a script that holds a compressed copy of it. */
export const packedWasm = async (): Promise<ArrayBuffer> => {
  const { packed } = await import("#packed-wasm");
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).arrayBuffer();
};
