import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Stop, say } from "../shell.mjs";
import { aptInstall, aptObstacle } from "./apt.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Finds a Chrome or Chromium: the one that CHROME_PATH names, else the first one installed. */
export const findBrowser = () => {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find(
    isExecutable,
  );
};

export const setupBrowser = () => {
  const found = findBrowser();
  if (found) {
    if (!isExecutable(found)) throw new Stop(`CHROME_PATH names ${found}, which cannot be run.`);
    return say(`browser  ${found}`);
  }
  const obstacle = aptObstacle();
  if (obstacle) {
    throw new Stop(`Chrome or Chromium was not found and ${obstacle}: install one or set CHROME_PATH.`);
  }
  say("browser  apt-get install chromium");
  if (!aptInstall(["chromium"]) || !findBrowser())
    throw new Stop("Chromium could not be installed: set CHROME_PATH.");
};
