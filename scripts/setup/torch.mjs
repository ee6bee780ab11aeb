import { join } from "node:path";
import { output, root, Stop, say, succeeds } from "../shell.mjs";
import { pip } from "./virtual-environment.mjs";

/** PyTorch's own index of builds for CPUs. */
const CPU_INDEX = "https://download.pytorch.org/whl/cpu";

const works = (python) => output(python, ["-c", "import torch; print(torch.ones(2).sum().item())"]) === "2.0";

/**
 * Installs PyTorch, without its dependencies: a build for CPUs if its index is reached, else the one that everybody has. On Linux that one
 * refuses to load without 4 GB of NVIDIA's libraries, none of which a CPU calls: empty ones stand in for them.
 *
 * @param requirement - the version, as `torch==2.15.0`
 */
export const installTorch = (python, requirement) => {
  const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-cache-dir"];
  const quickly = ["--retries", "0", "--timeout", "10", "--index-url", CPU_INDEX];
  const isSpecial = process.platform === "linux" && process.arch === "x64";
  if (
    isSpecial &&
    succeeds(python, [...install, ...quickly, requirement], { stdio: "ignore" }) &&
    works(python)
  )
    return;
  if (isSpecial) say("torch    the index of builds for CPUs is not reached: taking the other build");
  pip(python, ...install.slice(2), requirement);
  if (works(python)) return;
  if (isSpecial && succeeds(python, [join(root, "scripts/setup/stand_ins.py")]) && works(python)) return;
  throw new Stop(`PyTorch was installed, but \`${python} -c "import torch"\` fails.`);
};
