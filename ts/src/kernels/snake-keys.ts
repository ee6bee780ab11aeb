/** Maps the values of a record, and writes its keys as Rust does: in snake_case. */
export const snakeKeys = <T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      map(value),
    ]),
  );
