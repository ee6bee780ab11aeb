/** The key under which a process remembers the notice, whichever copy of the library gave it: the copies share `process`. */
const GIVEN = Symbol.for("gradloom.fallbackNotice");

/**
 * Says that WebAssembly stands in for the native engine where no engine was chosen: once in a process, also if the program has two copies
 * of the library.
 *
 * @param reason - why there is no native engine, as a sentence
 */
export const noticeFallback = (reason: string): void => {
  const shared = process as { [GIVEN]?: true };
  if (shared[GIVEN]) return;
  shared[GIVEN] = true;
  const notice = `${reason} Running on WebAssembly: the same results, more slowly. gl.setEngine("wasm") chooses it without this notice.`;
  process.emitWarning(notice, { type: "GradloomWarning" });
};
