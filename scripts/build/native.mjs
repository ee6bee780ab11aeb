import { run, say } from "../shell.mjs";
import { shippedEnv } from "./rustflags.mjs";

/** Builds the native addon for this platform: dist/native/gradloom.<platform>.node. */
export const buildNative = () => {
  say("build    native: dist/native");
  const args = [
    ...["build", "--platform", "--release", "--no-js", "--manifest-path", "bindings/node/Cargo.toml"],
    ...["--package-json-path", "package.json", "--output-dir", "dist/native"],
  ];
  run("napi", args, { env: shippedEnv() });
};
