import { posix } from "node:path";
import { root } from "../shell.mjs";
import { filesIn, readIn } from "./files.mjs";
import { readPage } from "./page.mjs";

/** Tells whether a link leads to another site. */
const isExternal = (link) => /^([a-z][a-z\d+.-]*:|\/\/)/i.test(link);

/** Lists the folders that a file is in, the root too. */
const foldersOf = (file) => {
  const folder = posix.dirname(file);
  return folder === "." ? ["."] : [folder, ...foldersOf(folder)];
};

/** Splits a link on a page into the path of its target from the root, and the anchor in it. Throws URIError for a wrong escape. */
const targetOf = (page, link) => {
  const [address, anchor] = decodeURI(link).split("#");
  const path = address.replace(/\?.*/, "");
  if (path === "") return { path: page, anchor };
  return { path: posix.join(path.startsWith("/") ? "." : posix.dirname(page), path), anchor };
};

/** Follows every link of the Markdown files below a folder to files and headings. Returns one line for each that leads nowhere. */
export const checkLinks = async (folder = root) => {
  const files = filesIn(folder);
  const names = files.filter((file) => file.endsWith(".md"));
  const pages = new Map();
  for (const name of names) pages.set(name, await readPage(readIn(folder, name)));

  const places = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));

  const complaint = (page, link) => {
    try {
      const { path, anchor } = targetOf(page, link);
      if (!places.has(path.replace(/\/$/, ""))) return "which is not there";
      if (anchor && pages.get(path)?.anchors.has(anchor) === false)
        return `but ${path} has no heading for it`;
    } catch {
      return "which has a wrong escape";
    }
    return undefined;
  };

  return names.flatMap((page) =>
    pages.get(page).links.flatMap((link) => {
      const problem = isExternal(link) ? undefined : complaint(page, link);
      return problem ? [`${page} links to ${link}, ${problem}`] : [];
    }),
  );
};
