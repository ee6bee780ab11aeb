import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type Plugin } from "vitest/config";
import type { BrowserConfigOptions } from "vitest/node";
import { findBrowser } from "./scripts/setup/browser.mjs";
import { softwareVulkan } from "./scripts/setup/gpu.mjs";
import { findSwiftShader } from "./scripts/setup/swiftshader.mjs";
import { vulkanWith } from "./scripts/setup/vulkan.mjs";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const resolve = { alias: { gradloom: file("ts/src/entry/node.ts") } };

/** The environment with both software GPUs: Dawn takes SwiftShader, and the addon the one that it is asked for. */
const bothGpus = vulkanWith(findSwiftShader(), softwareVulkan().VK_DRIVER_FILES);

const testsIn = (folder: string): string[] =>
  readdirSync(file(folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")));

/** Tells whether a suite takes the library from `tests/engine.ts`. */
const importsEngine = (test: string, text: string): boolean =>
  [...text.matchAll(/\b(?:from|import) "(\.[^"]+)"/g)].some(
    ([, path]) => posix.join(posix.dirname(test), path as string) === "tests/engine.ts",
  );

/** Tells how a suite runs in Node: on each engine, once with engines that it makes itself, or once without any. */
const placeOf = (test: string): "engines" | "own" | "plain" => {
  const text = readFileSync(file(test), "utf8");
  if (importsEngine(test, text)) return "engines";
  return /\b(native|wasm)Engine\(/.test(text) ? "own" : "plain";
};

const inNode = [...testsIn("ts/src"), ...testsIn("tests")].filter(
  (test) => !/^tests\/(browser|gpu|packaging)\//.test(test),
);
const placedIn = (...places: string[]) => inNode.filter((test) => places.includes(placeOf(test)));

const onEngine = (engine: string, include: string[]) => ({
  resolve,
  test: { name: engine, env: { GRADLOOM_TEST_ENGINE: engine, ...bothGpus }, include },
});

/** The project of the suites that need no engine: one that asks for an engine fails. */
const plain = {
  resolve,
  test: {
    name: "plain",
    env: { GRADLOOM_TEST_ENGINE: "none" },
    setupFiles: [file("tests/no-engine.ts")],
    include: placedIn("plain"),
  },
};

/** Makes a project of GPU suites: `dawn` is WebGPU in Node, `gpu` the addon. */
const onGpu = (name: string, env: Record<string, string>, exclude: string[]) => ({
  resolve,
  test: {
    name,
    env: { GRADLOOM_TEST_GPU: name, ...env },
    include: ["tests/gpu/**/*.test.ts"],
    exclude,
    testTimeout: 240_000,
  },
});

const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run"];
const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** The flags for WebGPU on SwiftShader, whatever other GPU the machine has. */
const softwareWebGpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const chromium = (...args: string[]): BrowserConfigOptions => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({
    launchOptions: {
      executablePath: findBrowser(),
      args: ["--headless=new", "--no-sandbox", ...quiet, ...offline, ...args],
    },
  }),
  instances: [{ browser: "chromium" }],
});

const wasmInPages = { "#wasm": file("dist/wasm/gradloom.js") };

/** The modules of the GPU suites that need Node, each with the one that replaces it in pages. */
const inPages: Record<string, string> = {
  [file("tests/gpu/engine.ts")]: file("tests/browser/gpu/engine.ts"),
  [file("tests/gpu/dawn.ts")]: file("tests/browser/gpu/page-gpu.ts"),
  [file("tests/conformance/node-fixtures.ts")]: file("tests/browser/page-fixtures.ts"),
};

/** The packages that pages import: one that Vite discovers later makes the page load again. */
const foundInPages = [
  "@jax-js/jax",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-core/dist/register_all_gradients",
  "smol-toml",
];

const forPages: Plugin = {
  name: "for-pages",
  enforce: "pre",
  async resolveId(source, importer, options) {
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    return found && inPages[found.id];
  },
};

export default defineConfig({
  test: {
    projects: [
      plain,
      onEngine("native", placedIn("engines", "own")),
      onEngine("wasm", placedIn("engines")),
      onGpu("dawn", vulkanWith(findSwiftShader()), ["tests/gpu/native/**"]),
      onGpu("gpu", softwareVulkan(), ["tests/gpu/webgpu/**"]),
      {
        resolve: { alias: wasmInPages },
        test: {
          name: "browser",
          include: ["tests/browser/*.test.ts"],
          browser: chromium(),
        },
      },
      {
        resolve: { alias: wasmInPages },
        plugins: [forPages],
        optimizeDeps: { include: foundInPages },
        test: {
          name: "browser-gpu",
          include: ["tests/gpu/**/*.test.ts", "tests/browser/gpu/*.test.ts"],
          exclude: ["tests/gpu/native/**"],
          testTimeout: 240_000,
          fileParallelism: false,
          browser: chromium(...softwareWebGpu),
        },
      },
      {
        test: {
          name: "packaging",
          env: softwareVulkan(),
          include: ["tests/packaging/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
