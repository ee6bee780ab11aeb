import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
// @ts-expect-error: a script has no types
import { findInteropPython } from "../../scripts/setup/interop.mjs";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The folders of Python modules: the helpers for users, and what makes the fixtures. */
const MODULES = [folder("../../examples/python"), folder("../golden")];

/** Returns the Python that has the real libraries. */
export const interopPython = (): string => {
  const command = findInteropPython();
  if (command) return command;
  throw new Error("PyTorch, Optax and MLX are not installed: run `npm run setup -- interop`.");
};

/** Runs a script of this folder with the real libraries. Throws with what it prints, where it fails. */
export const python = (script: string, ...args: string[]): void => {
  const env = {
    ...process.env,
    PYTHONPATH: MODULES.join(process.platform === "win32" ? ";" : ":"),
    PYTHONDONTWRITEBYTECODE: "1",
    JAX_PLATFORMS: "cpu",
    // Compiling takes longer than running here.
    XLA_FLAGS: "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
  };
  execFileSync(interopPython(), [folder(script), ...args], { env, stdio: ["ignore", "inherit", "pipe"] });
};
