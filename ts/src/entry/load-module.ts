import { GradloomError } from "../error.ts";
import type { WasmSource } from "./wasm-source.ts";

/** Gets what is at an address: the answer of a server, or the bytes of a file. */
export type Fetch = (address: string | URL) => Promise<Response | Uint8Array<ArrayBuffer>>;

const FILE = "node_modules/gradloom/dist/browser/gradloom_bg.wasm";
const PLACE = `Serve ${FILE} there, or pass its address or its bytes to gl.init.`;

const unavailable = (reason: string, remedy: string, cause?: unknown): GradloomError =>
  new GradloomError("ENGINE_UNAVAILABLE", `the WebAssembly module could not be loaded: ${reason}.`, {
    path: "engine",
    remedy,
    cause,
  });

const messageOf = (error: unknown): string => String((error as Partial<Error> | null)?.message ?? error);

const fetching = async (address: string | URL, fetch: Fetch): ReturnType<Fetch> => {
  try {
    return await fetch(address);
  } catch (cause) {
    const remedy = /^file:/.test(String(address))
      ? "Serve the page with an HTTP server: a page that is a file cannot fetch."
      : `${PLACE} If it is there, look at CORS, and at connect-src of the Content-Security-Policy.`;
    throw unavailable(`${address} cannot be fetched (${messageOf(cause)})`, remedy, cause);
  }
};

/** The words with which browsers say that the page's policy forbids WebAssembly. */
const FORBIDDEN = /Content.Security.Policy|unsafe-eval|wasm-eval|\bCSP\b/i;

const compiling = async (
  name: string,
  compile: () => Promise<WebAssembly.Module>,
): Promise<WebAssembly.Module> => {
  try {
    return await compile();
  } catch (cause) {
    const reason = messageOf(cause);
    if (FORBIDDEN.test(reason)) {
      const remedy = "Add 'wasm-unsafe-eval' to its script-src.";
      throw unavailable(`the Content-Security-Policy of the page forbids it (${reason})`, remedy, cause);
    }
    const remedy =
      "It takes a browser of 2023 or later, for WebAssembly SIMD, and the whole file of this version.";
    throw unavailable(`${name} does not compile (${reason})`, remedy, cause);
  }
};

const compileBytes = (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> => {
  if (String(bytes.subarray(0, 4)) !== "0,97,115,109") {
    const start = JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 20)));
    const found = bytes.length > 0 ? `begins with ${start}` : "is empty";
    throw unavailable(
      `${name} is no WebAssembly module: it ${found}`,
      `${PLACE} Many servers send a page where a file is missing.`,
    );
  }
  return compiling(name, () => WebAssembly.compile(bytes));
};

const compileResponse = async (name: string, response: Response): Promise<WebAssembly.Module> => {
  if (!response.ok) throw unavailable(`HTTP ${response.status} for ${name}`, PLACE);
  if (response.bodyUsed) throw unavailable(`the body of ${name} has been read`, "Pass a fresh Response.");
  // Compiling while bytes arrive takes this type, which not all servers send.
  return /^application\/wasm\b/.test(response.headers.get("Content-Type") ?? "")
    ? compiling(name, () => WebAssembly.compileStreaming(response))
    : compileBytes(name, new Uint8Array(await response.arrayBuffer()));
};

/** Returns the name of an object's built-in class, of whatever realm. */
const classOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const compileGiven = async (name: string, given: Awaited<WasmSource>): Promise<WebAssembly.Module> => {
  const kind = classOf(given);
  if (kind === "WebAssembly.Module") return given as WebAssembly.Module;
  if (kind === "Response") return compileResponse((given as Response).url || name, given as Response);
  if (kind === "ArrayBuffer") return compileBytes(name, new Uint8Array(given as ArrayBuffer));
  if (ArrayBuffer.isView(given)) {
    const { buffer, byteOffset, byteLength } = given;
    return compileBytes(name, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }
  throw unavailable(
    `gl.init got ${kind === "Number" ? given : `a value of the kind ${kind}`}`,
    "Pass an address, a Response, bytes or a WebAssembly.Module, or nothing.",
  );
};

/**
 * Compiles the WebAssembly module of the engine.
 *
 * @param fetch - gets what is at an address
 * @throws GradloomError `ENGINE_UNAVAILABLE` says why there is none
 */
export const loadModule = async (source: WasmSource, fetch: Fetch): Promise<WebAssembly.Module> => {
  if (typeof WebAssembly === "undefined") {
    throw unavailable("there is no WebAssembly here", "Allow it in the settings of the browser.");
  }
  const given = await source;
  const isAddress = typeof given === "string" || classOf(given) === "URL";
  return isAddress
    ? compileGiven(String(given).slice(0, 200), await fetching(given as URL, fetch))
    : compileGiven("the argument of gl.init", given);
};

/** Instantiates the module. Throws ENGINE_UNAVAILABLE where it is not the one of this version. */
export const instantiating = <T>(instantiate: () => T): T => {
  try {
    return instantiate();
  } catch (cause) {
    if (cause instanceof GradloomError) throw cause;
    throw unavailable(
      `it is another module, or of another version (${messageOf(cause)})`,
      `Pass ${FILE} to gl.init, or nothing.`,
      cause,
    );
  }
};
