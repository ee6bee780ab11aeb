import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findBrowser } from "./scripts/setup/browser.mjs";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The suites that run on every engine in Node. */
const onEngine = (engine: string) => ({
  resolve: { alias: { gradloom: file("ts/src/entry/node.ts") } },
  test: {
    name: engine,
    env: { GRADLOOM_TEST_ENGINE: engine },
    include: ["ts/src/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["tests/browser/**", "tests/packaging/**"],
  },
});

const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run"];
const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

export default defineConfig({
  test: {
    projects: [
      onEngine("native"),
      onEngine("wasm"),
      {
        resolve: { alias: { "#wasm": file("dist/wasm/gradloom.js") } },
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: findBrowser(),
                args: ["--headless=new", "--no-sandbox", ...quiet, ...offline],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      { test: { name: "packaging", include: ["tests/packaging/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
