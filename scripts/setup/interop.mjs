import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, Stop, say } from "../shell.mjs";
import { installTorch } from "./torch.mjs";
import { findPython, pip, virtualEnvironment } from "./virtual-environment.mjs";

const requirements = join(root, "tests/interop/requirements.txt");

/** Finds the Python with PyTorch, Optax and MLX. */
export const findInteropPython = () => findPython("interop", requirements);

/** Installs the packages of the file, PyTorch in its own way. */
const install = (python) => {
  const lines = readFileSync(requirements, "utf8").split("\n");
  const isTorch = (line) => line.startsWith("torch==");
  const folder = mkdtempSync(join(tmpdir(), "gradloom-interop-"));
  try {
    const others = join(folder, "requirements.txt");
    writeFileSync(others, lines.filter((line) => !isTorch(line)).join("\n"));
    pip(python, "install", "--quiet", "-r", others);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  installTorch(python, lines.find(isTorch));
};

export const setupInterop = () => {
  try {
    say(`interop  ${virtualEnvironment("interop", requirements, install)}`);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    throw new Stop(
      `PyTorch, Optax and MLX could not be installed for the tests of checkpoints: ${error.message}`,
    );
  }
};
