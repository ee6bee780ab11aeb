/**
 * Returns the number of edits that turn one text into another, or with `inside` into a part of the other: Levenshtein's distance
 * and Sellers's.
 */
const distance = (text: string, other: string, inside: boolean): number => {
  let row = Array.from({ length: other.length + 1 }, (_, j) => (inside ? 0 : j));
  for (let i = 0; i < text.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const changed = (row[j] as number) + (text[i] === other[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return inside ? Math.min(...row) : (row.at(-1) as number);
};

/** The options of `nearest`. */
interface NearestOptions {
  /** The most names to return. */
  readonly most?: number;
  /** Whether the text is compared with the part of a name that is most like it. */
  readonly inside?: boolean;
}

const byDistance = (
  text: string,
  names: readonly string[],
  inside: boolean,
): [name: string, edits: number][] =>
  names
    .map((name): [string, number] => [name, distance(text.toLowerCase(), name.toLowerCase(), inside)])
    .sort(([, a], [, b]) => a - b);

/** Returns the names that are most like a text, the nearest first. Upper and lower case count as equal. */
export const nearest = (
  text: string,
  names: readonly string[],
  { most = 1, inside = false }: NearestOptions = {},
): string[] =>
  byDistance(text, names, inside)
    .slice(0, most)
    .map(([name]) => name);

/** Returns the beginning of a remedy for a name that is not known: a question where it looks like a known one, else nothing. */
export const doYouMean = (name: string, known: readonly string[]): string => {
  const [first] = byDistance(name, known, false);
  const [like, edits] = first ?? ["", Number.POSITIVE_INFINITY];
  return edits <= Math.max(1, name.length / 3) && edits < name.length ? `Do you mean ${like}? ` : "";
};
