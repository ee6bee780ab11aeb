import { build } from "./build.mjs";
import { setupHeavyBundlers } from "./setup/bundlers.mjs";
import { setup } from "./setup.mjs";
import { main, Stop } from "./shell.mjs";
import { testProject } from "./test/vitest.mjs";

/** Builds the library, and runs it with the bundlers that take too long for `npm test`. */
await main(async () => {
  setup(["node", "rust", "wasm", "browser"]);
  setupHeavyBundlers();
  await build(["native", "wasm", "js"]);
  const { failed } = await testProject("bundlers");
  if (failed > 0) throw new Stop(`${failed} tests failed.`);
});
