const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//.source;
const STRING = /b?r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^']*|[^\\'])'/.source;
const TOKEN = new RegExp(`${COMMENT}|${STRING}|'?\\w+|::|\\S`, "g");

/** Splits Rust into `{ text, line }`, without comments; a string or a character is the one token `""`. */
const tokenize = (text) => {
  const tokens = [];
  let line = 1;
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match;
    line += text.slice(end, match.index).split("\n").length - 1;
    if (!/^\/[/*]/.test(found)) tokens.push({ text: /["']$/.test(found) ? '""' : found, line });
    line += found.split("\n").length - 1;
    end = match.index + found.length;
  }
  return tokens;
};

const CLOSING = { "{": "}", "(": ")", "[": "]" };

/** Returns the index after the bracket that closes the one at `start`. */
export const afterBracket = (tokens, start) => {
  const open = tokens[start].text;
  const close = CLOSING[open];
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    if (tokens[i].text === open) depth++;
    if (tokens[i].text === close && --depth === 0) return i + 1;
  }
  return tokens.length;
};

const ITEM =
  /^(async|const|enum|extern|fn|impl|let|macro_rules|mod|static|struct|trait|type|union|unsafe|use)$/;

/** Tells whether an item or a statement starts at `start`, after attributes and a visibility: no variant, field, arm or parameter. */
const isItem = (tokens, start) => {
  let i = start;
  while (/^(#|\[|pub|\()$/.test(tokens[i]?.text))
    i = CLOSING[tokens[i].text] ? afterBracket(tokens, i) : i + 1;
  return ITEM.test(tokens[i]?.text);
};

/** Returns the index after the item, field or variant at `start`: it ends with `;`, `,` or its braces, or where an enclosing bracket closes. */
const afterItem = (tokens, start) => {
  const end = isItem(tokens, start) ? /^;$/ : /^[;,]$/;
  let i = start;
  while (i < tokens.length && !end.test(tokens[i].text)) {
    if (/^[})\]]$/.test(tokens[i].text)) return i;
    if (tokens[i].text === "{") return afterBracket(tokens, i);
    i = CLOSING[tokens[i].text] ? afterBracket(tokens, i) : i + 1;
  }
  return i + 1;
};

const ONLY_IN_TESTS = /^\[(test|cfg\((all\()?test\b.*)\]$/;

/** Returns the tokens of a file without its attributes and without the items that are compiled for tests alone. */
export const tokensOf = (text) => {
  const tokens = tokenize(text);
  const kept = [];
  for (let i = 0; i < tokens.length; ) {
    const bracket = tokens[i + 1]?.text === "!" ? i + 2 : i + 1;
    if (tokens[i].text !== "#" || tokens[bracket]?.text !== "[") {
      kept.push(tokens[i++]);
      continue;
    }
    const after = afterBracket(tokens, bracket);
    const attribute = tokens.slice(bracket, after).map((token) => token.text);
    i = ONLY_IN_TESTS.test(attribute.join("")) ? afterItem(tokens, after) : after;
  }
  return kept;
};
