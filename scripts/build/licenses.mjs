import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { output, root, Stop, say } from "../shell.mjs";

/** The packages of this repository: the crates that are compiled into each, and the file for the licences of others. */
const packages = [
  { crates: ["gradloom-node", "gradloom-wasm"], folder: "dist" },
  { crates: ["gradloom-gpu-node"], folder: "dist/gpu" },
];

const cargo = (...args) => {
  const text = output("cargo", args);
  if (text === undefined) throw new Stop(`\`cargo ${args.join(" ")}\` failed.`);
  return text;
};

/** Lists the names and versions of the foreign crates that are compiled into some crates, on any platform. */
const compiledInto = (crates) => {
  const tree = ["--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none", "--format", "{p}"];
  const lines = cargo("tree", ...tree, ...crates.flatMap((crate) => ["--package", crate])).split("\n");
  const foreign = lines.filter((line) => line !== "" && !/ \(.*[\\/]/.test(line));
  return [...new Set(foreign.map((line) => line.split(" ").slice(0, 2).join(" ")))].sort();
};

/** Returns the standard text of a licence, for software that comes without a text. */
const standardText = async (id, holders) => {
  const { default: list } = await import("spdx-license-list/full.js");
  return `${id}, by ${holders}\n\n${list[id].licenseText.replace("<year> <copyright holders>", holders).trim()}`;
};

/** Returns the licence texts of a crate: those in its sources, of which one for MIT suffices where it is offered. */
const textsOf = async ({ name, license, authors, manifest_path: manifest }) => {
  const folder = dirname(manifest);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice|unlicense)/i.test(file));
  const offersMit = / OR |\//.test(license) && /\bMIT\b/.test(license) && !license.includes(" AND ");
  const ofMit = offersMit ? files.filter((file) => /mit|notice/i.test(file)) : [];
  const chosen = ofMit.length > 0 ? ofMit : files;
  if (chosen.length > 0) return chosen.map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (license.includes(" AND "))
    throw new Stop(`The crate ${name} (${license}) comes without its licence texts.`);
  const id = offersMit ? "MIT" : license.split(/ OR |\//)[0];
  return [await standardText(id, authors.join(", ") || "its authors")];
};

const rule = `\n\n${"-".repeat(80)}\n\n`;

/** Writes the licences of everything that is compiled into a package; crates with the same text share it. */
const write = async ({ crates, folder }, metadata) => {
  const users = new Map();
  for (const crate of compiledInto(crates)) {
    const found = metadata.find(({ name, version }) => crate === `${name} v${version}`);
    const text = (await textsOf(found)).join("\n\n");
    users.set(text, [...(users.get(text) ?? []), crate.replace(" v", " ")]);
  }
  const std = ["The Rust standard library", await standardText("MIT", "the Rust project contributors")];
  const parts = [...[...users].map(([text, names]) => [names.join(", "), text]), std];
  const file = join(root, folder, "THIRD-PARTY-LICENSES.txt");
  mkdirSync(dirname(file), { recursive: true });
  const head =
    "The binaries of this package contain the following software, under the licences printed here.";
  writeFileSync(
    file,
    `${[head, ...parts.map(([names, text]) => `${names}\n\n${text.trim()}`)].join(rule)}\n`,
  );
};

/** Writes the licence texts of the crates that are compiled into each package: dist/THIRD-PARTY-LICENSES.txt, and that of dist/gpu. */
export const buildLicenses = async () => {
  say("build    licenses: dist/THIRD-PARTY-LICENSES.txt, dist/gpu");
  const { packages: metadata } = JSON.parse(cargo("metadata", "--format-version", "1"));
  for (const one of packages) await write(one, metadata);
  for (const file of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    copyFileSync(join(root, file), join(root, "dist/gpu", file));
  }
};
