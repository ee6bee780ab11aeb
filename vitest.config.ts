import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type Plugin } from "vitest/config";
import type { BrowserConfigOptions } from "vitest/node";
import { findBrowser } from "./scripts/setup/browser.mjs";
import { softwareVulkan } from "./scripts/setup/gpu.mjs";
import { findSwiftShader } from "./scripts/setup/swiftshader.mjs";
import { vulkanWith } from "./scripts/setup/vulkan.mjs";
import { commands } from "./tests/browser/commands.ts";
import { placeSuites } from "./tests/places.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const resolve = {
  alias: [
    { find: /^gradloom$/, replacement: file("ts/src/entry/node.ts") },
    { find: /^gradloom\/(.+)$/, replacement: file("ts/src/$1/index.ts") },
    // Programs for the optimizers of jax-js import the module that stands for them here.
    { find: "@jax-js/optax", replacement: file("ts/src/jax/optax/index.ts") },
  ],
};

/** The environment with both software GPUs: Dawn takes SwiftShader, and the addon the one that it is asked for. */
const bothGpus = vulkanWith(findSwiftShader(), softwareVulkan().VK_DRIVER_FILES);

const suitesOf = placeSuites(file("."));

/** How long a test may take on a busy machine before it counts as stuck. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

const onEngine = (engine: string) => ({
  resolve,
  test: {
    ...patience,
    name: engine,
    env: { GRADLOOM_TEST_ENGINE: engine, ...bothGpus },
    include: suitesOf(engine),
  },
});

/** The project of the suites that need no engine: one that asks for an engine fails. */
const plain = {
  resolve,
  test: {
    ...patience,
    name: "plain",
    env: { GRADLOOM_TEST_ENGINE: "none" },
    setupFiles: [file("tests/no-engine.ts")],
    include: suitesOf("plain"),
  },
};

/** Makes a project of GPU suites: `dawn` is WebGPU in Node, `gpu` the addon. */
const onGpu = (name: string, env: Record<string, string>) => ({
  resolve,
  test: {
    name,
    env: { GRADLOOM_TEST_GPU: name, ...env },
    include: suitesOf(name),
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

const wasmInPages = {
  "#wasm": file("dist/wasm/gradloom.js"),
  "#packed-wasm": file("tests/browser/packed-wasm.ts"),
};

/** The modules of the GPU suites that need Node, each with the one that replaces it in pages. */
const inPages: Record<string, string> = {
  [file("tests/gpu/engine.ts")]: file("tests/browser/gpu/engine.ts"),
  [file("tests/gpu/dawn.ts")]: file("tests/browser/gpu/page-gpu.ts"),
  [file("tests/conformance/node-fixtures.ts")]: file("tests/browser/page-fixtures.ts"),
};

/** The packages that pages import: one that Vite discovers later makes the page load again. */
const foundInPages = [
  "@jax-js/jax",
  "@tensorflow/tfjs",
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
      onEngine("native"),
      onEngine("wasm"),
      onGpu("dawn", vulkanWith(findSwiftShader())),
      onGpu("gpu", softwareVulkan()),
      {
        resolve: { alias: wasmInPages },
        optimizeDeps: { include: foundInPages },
        test: {
          ...patience,
          name: "browser",
          include: suitesOf("browser"),
          browser: { ...chromium(), commands },
        },
      },
      {
        resolve: { alias: wasmInPages },
        plugins: [forPages],
        optimizeDeps: { include: foundInPages },
        test: {
          name: "browser-gpu",
          include: suitesOf("browser-gpu"),
          testTimeout: 240_000,
          fileParallelism: false,
          browser: chromium(...softwareWebGpu),
        },
      },
      {
        test: {
          name: "packaging",
          env: bothGpus,
          include: suitesOf("packaging"),
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: "interop",
          include: suitesOf("interop"),
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "bundlers",
          include: suitesOf("bundlers"),
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
