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

/** Both software GPUs: Dawn takes SwiftShader, and the addon the one that it is asked for. */
const bothGpus = vulkanWith(findSwiftShader(), softwareVulkan().VK_DRIVER_FILES);

/** The suites that run on every engine in Node. */
const onEngine = (engine: string) => ({
  resolve,
  test: {
    name: engine,
    env: { GRADLOOM_TEST_ENGINE: engine, ...bothGpus },
    include: ["ts/src/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["tests/browser/**", "tests/gpu/**", "tests/packaging/**"],
  },
});

/** The suites of GPUs: `dawn` is WebGPU in Node, `gpu` the addon. */
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
/** WebGPU on SwiftShader, whatever else the machine has. */
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

/** What the suites of GPUs get from Node, and where a page gets it. */
const inPages: Record<string, string> = {
  [file("tests/gpu/engine.ts")]: file("tests/browser/gpu/engine.ts"),
  [file("tests/gpu/dawn.ts")]: file("tests/browser/gpu/page-gpu.ts"),
  [file("tests/conformance/node-fixtures.ts")]: file("tests/browser/page-fixtures.ts"),
};

/** What pages import from packages: found later, it would have them load again. */
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
      onEngine("native"),
      onEngine("wasm"),
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
