import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { Stop, say } from "../shell.mjs";
import { findBrowser } from "./browser.mjs";

const file = "vk_swiftshader_icd.json";

/** The folders of distributions' browsers, for a browser whose command is a script in another folder. */
const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** Finds the description of SwiftShader, the software Vulkan that every Chromium brings along: Dawn runs on it. */
export const findSwiftShader = () => {
  const browser = findBrowser();
  const own = browser && existsSync(browser) ? [dirname(realpathSync(browser))] : [];
  return [...own, ...folders].map((folder) => join(folder, file)).find(existsSync);
};

export const setupSwiftShader = () => {
  if (process.platform !== "linux") return say(`dawn     ${process.platform}: the system's own GPU`);
  const found = findSwiftShader();
  if (found) return say(`dawn     ${found}`);
  throw new Stop(
    `${file} was not found beside the browser: install Debian's chromium or Google Chrome, or set CHROME_PATH to one.`,
  );
};
