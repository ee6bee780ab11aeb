import { existsSync, readdirSync } from "node:fs";
import { Stop, say } from "../shell.mjs";
import { aptInstall, aptObstacle } from "./apt.mjs";
import { vulkanWith } from "./vulkan.mjs";

const packages = ["mesa-vulkan-drivers", "libvulkan1"];

/** The folders in which the Vulkan loader looks for descriptions of drivers. */
const folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/** Finds the description of Mesa's software Vulkan, lavapipe. */
const findSoftware = () =>
  folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`))
    .find((file) => /\/lvp_icd.*\.json$/.test(file));

/** Returns the environment in which Vulkan has the software GPU and no other, so that tests run on the same GPU everywhere. */
export const softwareVulkan = () => vulkanWith(findSoftware());

export const setupGpu = () => {
  if (process.platform !== "linux") return say(`gpu      ${process.platform}: the system's own`);
  const found = findSoftware();
  if (found) return say(`gpu      ${found}`);
  const obstacle = aptObstacle();
  if (obstacle) {
    throw new Stop(`There is no software Vulkan and ${obstacle}: install ${packages.join(" and ")}.`);
  }
  say(`gpu      apt-get install ${packages.join(" ")} (software Vulkan, for the tests)`);
  if (!aptInstall(packages) || !findSoftware())
    throw new Stop(`apt-get could not install ${packages.join(" ")}.`);
};
