import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findBrowser } from "./browser.mjs";

const file = "vk_swiftshader_icd.json";

/** Where distributions put what comes with the browser, should its command be a script elsewhere. */
const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** The description of SwiftShader, the software Vulkan that every Chromium brings along: Dawn runs on it. */
export const findSwiftShader = () => {
  const browser = findBrowser();
  const own = browser && existsSync(browser) ? [dirname(realpathSync(browser))] : [];
  return [...own, ...folders].map((folder) => join(folder, file)).find(existsSync);
};

/** The environment in which Vulkan has these drivers and no others. */
export const vulkanWith = (...files) => {
  const known = files.filter((name) => name !== undefined).join(":");
  return known ? { VK_DRIVER_FILES: known, VK_ICD_FILENAMES: known } : {};
};
