import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../shell.mjs";
import { filesIn, readIn } from "./files.mjs";

/** Tells whether a link leads to a file of the repository: neither to another site nor within its own page. */
const isRelative = (link) => !/^([a-z][a-z\d+.-]*:|#|\/\/)/i.test(link);

/** Follows every relative link of the Markdown files below a folder. Returns one line for each that leads nowhere. */
export const checkLinks = async (folder = root) => {
  const { lexer, walkTokens } = await import("marked");
  const linksOf = (file) => {
    const links = [];
    walkTokens(lexer(readIn(folder, file)), ({ type, href }) => {
      if ((type === "link" || type === "image") && isRelative(href)) links.push(href);
    });
    return links;
  };
  return filesIn(folder)
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) =>
      linksOf(file)
        .filter((link) => !existsSync(join(folder, dirname(file), decodeURI(link.replace(/#.*/, "")))))
        .map((link) => `${file} links to ${link}, which is not there`),
    );
};
