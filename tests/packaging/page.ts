import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright";
// @ts-expect-error: a script has no types
import { findBrowser } from "../../scripts/setup/browser.mjs";

/** The program of a page: takes a step and reports the result as a text, or the message of an error. */
export const program = (init = "gl.init()"): string => `import * as gl from "gradloom";
const run = async () => {
  await ${init};
  const train = gl.TrainState.create({ params: { w: Float32Array.of(1, 2) }, tx: gl.sgd(0.5) });
  train.applyGradients({ w: Float32Array.of(2, 6) });
  return \`\${train.params.w} \${gl.getEngine().name}\`;
};
run().catch((error) => error.message).then(globalThis.report);
`;

/** The result of `program`. */
export const expected = "0,-1 wasm";

/** A page that loads `main.js`, as a module or as a script. */
export const html = (type: "module" | "script", src = "./main.js"): string =>
  `<!doctype html><body><script ${type === "module" ? 'type="module"' : ""} src="${src}"></script></body>`;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves a folder while a function runs with its address. */
export const serving = async <T>(
  folder: string,
  body: (url: string) => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> => {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const content = await readFile(join(folder, file)).catch(() => undefined);
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(content ? 200 : 404, { ...headers, "Content-Type": type }).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  try {
    return await body(`http://localhost:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

/** What a page has done. */
export interface Visit {
  /** The text that the page has reported. */
  readonly result: string;
  /** The names of the files that the page has asked for. */
  readonly files: readonly string[];
}

/** A headless browser. */
export interface Visitor {
  visit(url: string, timeout?: number): Promise<Visit>;
  close(): Promise<void>;
}

/** Starts the browser that the set-up has found. */
export const startBrowser = async (): Promise<Visitor> => {
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu"];
  const browser: Browser = await chromium.launch({ executablePath: findBrowser(), args });
  return {
    close: () => browser.close(),
    visit: async (url, timeout = 60_000) => {
      const page = await browser.newPage();
      const files: string[] = [];
      page.on("request", (request) => files.push(new URL(request.url()).pathname.replace(/.*\//, "")));
      let report = (_: string): void => {};
      const reported = new Promise<string>((resolve) => {
        report = resolve;
      });
      await page.exposeFunction("report", (text: string) => report(text));
      const late = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`${url} has reported nothing; files: ${files}`)), timeout).unref();
      });
      try {
        await page.goto(url, { waitUntil: "commit", timeout });
        return { result: await Promise.race([reported, late]), files };
      } finally {
        await page.close();
      }
    },
  };
};
