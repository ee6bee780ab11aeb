/** The length at which a text is cut off in a message. */
const LONGEST = 60;

const className = (value: object): string => {
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || name === "" || name === "Object") return "object";
  return name.replace(/^_(?=[A-Z])/, ""); // esbuild puts it before names of classes that name themselves.
};

/** Puts "a" or "an" before a noun. */
export const withArticle = (noun: string): string =>
  `${/^([aeio]|u(?!int|ni|se))/i.test(noun) ? "an" : "a"} ${noun}`;

/** Returns how an error message shows a value: numbers and words as they are, everything else by its kind, never by its contents. */
export const show = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
    case "function":
    case "symbol":
      return withArticle(typeof value);
    case "bigint":
      return `${value}n`;
    case "object":
      if (value === null) return "null";
      return withArticle(Array.isArray(value) ? "array" : className(value));
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
};
