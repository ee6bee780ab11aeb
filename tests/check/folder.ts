import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes a folder with these texts by path, which is removed after the test. Returns its path. */
export const folderWith = (texts: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "gradloom-check-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
};

/** Makes such a folder with an empty git repository. */
export const repositoryWith = (texts: Readonly<Record<string, string>>): string => {
  const folder = folderWith(texts);
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  return folder;
};
