import { run, say } from "../shell.mjs";

/** Builds the native addon for this platform: dist/native/gradloom.<platform>.node. */
export const buildNative = () => {
  say("build    native: dist/native");
  run("napi", [
    ...["build", "--platform", "--release", "--no-js", "--manifest-path", "bindings/node/Cargo.toml"],
    ...["--package-json-path", "package.json", "--output-dir", "dist/native"],
  ]);
};
