/** Returns the text of a heading's tokens as a page shows it. */
const shown = (tokens) =>
  tokens.map(({ type, text, tokens }) => (tokens ? shown(tokens) : type === "html" ? "" : text)).join("");

/** Lists the values of some attributes in a piece of HTML. */
const attributes = (html, names) =>
  [...html.replace(/<!--[\s\S]*?-->/g, "").matchAll(/\s(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].flatMap(
    ([, name, double, single]) => (names.includes(name.toLowerCase()) ? (double ?? single) : []),
  );

/** Reads a Markdown page: its `links`, in order, and the `anchors` that GitHub makes of its headings or that it has in HTML. */
export const readPage = async (text) => {
  const { lexer, walkTokens } = await import("marked");
  const { default: Slugger } = await import("github-slugger");
  const slugger = new Slugger();
  const links = [];
  const anchors = new Set();
  walkTokens(lexer(text), ({ type, href, tokens, text }) => {
    if (type === "link" || type === "image") links.push(href);
    if (type === "heading") anchors.add(slugger.slug(shown(tokens)));
    if (type !== "html") return;
    links.push(...attributes(text, ["href", "src"]));
    for (const anchor of attributes(text, ["id", "name"])) anchors.add(anchor);
  });
  return { links, anchors };
};
