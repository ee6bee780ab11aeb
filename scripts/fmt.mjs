import { main, run } from "./shell.mjs";

await main(() => {
  run("cargo", ["fmt", "--all"]);
  run("biome", ["check", "--write"]);
});
