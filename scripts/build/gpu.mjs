import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, say } from "../shell.mjs";
import { shippedEnv } from "./rustflags.mjs";

/** Builds the GPU addon, which is a package of its own: dist/gpu/gradloom-gpu.<platform>.node. */
export const buildGpu = () => {
  say("build    gpu: dist/gpu");
  const args = [
    ...["build", "--platform", "--profile", "gpu", "--no-js", "--manifest-path", "bindings/gpu/Cargo.toml"],
    ...["--package-json-path", "bindings/gpu/package.json", "--output-dir", "dist/gpu"],
  ];
  run("napi", args, { env: shippedEnv() });
  copyFileSync(join(root, "bindings/gpu/package.json"), join(root, "dist/gpu/package.json"));
};
