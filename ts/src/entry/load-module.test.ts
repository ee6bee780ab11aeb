import { describe, expect, it } from "vitest";
import { type Fetch, instantiating, loadModule } from "./load-module.ts";
import type { WasmSource } from "./wasm-source.ts";

/** The smallest module: its magic number and its version. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
const PAGE = "<!doctype html><title>Not here</title>";
const ADDRESS = "https://example.org/gradloom_bg.wasm";

const answering =
  (body: BodyInit, status = 200, type = "application/wasm"): Fetch =>
  async () =>
    new Response(body, { status, headers: { "Content-Type": type } });

const unreachable: Fetch = async () => {
  throw new TypeError("Failed to fetch");
};

const load = (source: unknown, fetch: Fetch = unreachable) => loadModule(source as WasmSource, fetch);

describe("the module of the engine", () => {
  it.each<[string, () => unknown, Fetch?]>([
    ["an address", () => ADDRESS, answering(EMPTY)],
    ["a URL", () => new URL(ADDRESS), answering(EMPTY)],
    ["a server that does not know the type", () => ADDRESS, answering(EMPTY, 200, "text/plain")],
    ["the bytes of a file", () => "gradloom_bg.wasm", async () => EMPTY],
    ["a Response", () => new Response(EMPTY)],
    ["a promise of a Response", () => answering(EMPTY)(ADDRESS)],
    ["bytes", () => EMPTY],
    ["a part of a buffer", () => new Uint8Array([9, 9, ...EMPTY]).subarray(2)],
    ["a buffer", () => EMPTY.slice().buffer],
    ["a compiled module", () => new WebAssembly.Module(EMPTY)],
  ])("is loaded from %s", async (_, source, fetch) => {
    expect(await load(source(), fetch)).toBeInstanceOf(WebAssembly.Module);
  });

  it.each<[string, unknown, Fetch | undefined, string[]]>([
    [
      "there is no file",
      ADDRESS,
      answering(PAGE, 404, "text/html"),
      [`HTTP 404 for ${ADDRESS}`, "Serve node_modules/gradloom/dist/browser/gradloom_bg.wasm"],
    ],
    [
      "the server sends a page",
      ADDRESS,
      answering(PAGE, 200, "text/html"),
      [`${ADDRESS} is no WebAssembly module`, '"<!doctype html><titl"'],
    ],
    ["the server cannot be reached", ADDRESS, unreachable, [ADDRESS, "Failed to fetch", "connect-src"]],
    ["the page is a file", "file:///app/gradloom_bg.wasm", unreachable, ["HTTP server"]],
    ["the file is empty", new Uint8Array(0), undefined, ["it is empty"]],
    ["the file is cut off", EMPTY.subarray(0, 6), undefined, ["does not compile", "the whole file"]],
    [
      "a Response is used up",
      (async () => {
        const used = new Response(EMPTY);
        await used.arrayBuffer();
        return used;
      })(),
      undefined,
      ["has been read"],
    ],
    ["it gets a number", 7, undefined, ["gl.init got 7"]],
    ["it gets null", null, undefined, ["gl.init got a value of the kind Null"]],
    [
      "it gets a promise of nothing",
      Promise.resolve(),
      undefined,
      ["gl.init got a value of the kind Undefined"],
    ],
  ])("cannot be loaded where %s, and the error says so", async (_, source, fetch, texts) => {
    const error = await load(await source, fetch).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ENGINE_UNAVAILABLE" });
    for (const text of texts) expect((error as Error).message).toContain(text);
  });

  it.each([
    [
      "Chromium",
      "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script",
    ],
    ["Firefox", "call to WebAssembly.compile() blocked by CSP"],
    [
      "Safari",
      "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
    ],
  ])(
    "cannot be compiled where the page's policy forbids it, and the error says what to add: %s",
    async (_, reason) => {
      const { compile } = WebAssembly;
      WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError(reason));
      try {
        await expect(load(EMPTY)).rejects.toMatchObject({
          code: "ENGINE_UNAVAILABLE",
          remedy: "Add 'wasm-unsafe-eval' to its script-src.",
        });
      } finally {
        WebAssembly.compile = compile;
      }
    },
  );

  it("is refused where it is another one", () => {
    const instantiate = () => {
      throw new WebAssembly.LinkError("an import is missing");
    };
    expect(() => instantiating(instantiate)).toThrow(/another module.*an import is missing/);
  });
});
