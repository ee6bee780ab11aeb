import { readdirSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = (path: string) => join(root, "dist", path);

/** The folders of people and machines, which say where a binary was built. */
const LOCAL = [
  /(?<![\w.])\/(?:root|home|Users|tmp)\/[\w.-]+/g,
  /[A-Z]:\\Users\\[\w.-]+/g,
  /\.cargo[/\\]registry/g,
];

const binaries = ["native", "gpu", "wasm", "browser"].flatMap((folder) =>
  readdirSync(dist(folder))
    .filter((file) => /\.(node|wasm)$/.test(file))
    .map((file) => `${folder}/${file}`),
);

describe("the binaries", () => {
  it("are all there", () => {
    expect(binaries.map((file) => file.replace(/\..*/, ""))).toEqual([
      "native/gradloom",
      "gpu/gradloom-gpu",
      "wasm/gradloom_bg",
      "browser/gradloom_bg",
    ]);
  });

  it.each(binaries)("%s holds no path of the machine that built it", (file) => {
    const text = readFileSync(dist(file), "latin1");
    const own = [homedir(), root, tmpdir(), process.env.CARGO_HOME].filter((path) => path && path !== "/");
    expect(own.filter((path) => text.includes(path as string))).toEqual([]);
    expect(LOCAL.flatMap((pattern) => text.match(pattern) ?? [])).toEqual([]);
    // A panic in a dependency names its file: this test would see a path.
    expect(text).toMatch(/\/cargo\/registry\/src\//);
  });
});

/** Reads the licences of a package: its parts, each the software and the text. */
const licensesIn = (file: string): readonly [software: string, text: string][] => {
  const [, ...parts] = readFileSync(dist(file), "utf8").split(/\n\n-{80}\n\n/);
  return parts.map((part) => {
    const end = part.indexOf("\n\n");
    return [part.slice(0, end), part.slice(end)];
  });
};

describe("the licences of other people's software", () => {
  it.each([
    ["THIRD-PARTY-LICENSES.txt", ["napi", "rayon", "serde_json", "wasm-bindgen", "nalgebra", "half"]],
    ["gpu/THIRD-PARTY-LICENSES.txt", ["napi", "wgpu", "naga", "ash", "objc2-metal", "windows"]],
  ])("%s: names what is compiled in, each with a text", (file, crates) => {
    const parts = licensesIn(file);
    const names = parts.flatMap(([software]) => software.split(", ").map((one) => one.split(" ")[0]));
    expect(names).toEqual(expect.arrayContaining(crates));
    expect(names.filter((name) => /^gradloom/.test(name as string))).toEqual([]);
    expect(new Set(names).size).toBeGreaterThan(40);
    for (const [software, text] of parts) {
      expect(text, software).toMatch(
        /Permission is hereby granted|Apache License|Permission to use, copy|provided 'as-is'|UNICODE|public domain/,
      );
      expect(text, software).not.toMatch(/undefined|<copyright holders>/);
    }
  });
});
