/** Returns the number of elements of an array of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Returns whether a value, such as a caller's, is this shape. */
export const isShape = (value: unknown, shape: readonly number[]): boolean => {
  try {
    return Array.isArray(value) && value.length === shape.length && shape.every((n, i) => value[i] === n);
  } catch {
    return false; // A proxy that was revoked, or that throws.
  }
};

/** Returns whether a value is an array, or a proxy that has been revoked and may have been one. */
export const isList = (value: unknown): boolean => {
  try {
    return Array.isArray(value);
  } catch {
    return true;
  }
};

/** Copies a caller's shape; null where it is no list of whole numbers. */
export const readShape = (value: unknown): number[] | null => {
  try {
    if (!Array.isArray(value)) return null;
    const read: unknown[] = Array.from(value);
    return read.every((n) => Number.isInteger(n) && (n as number) >= 0) ? (read as number[]) : null;
  } catch {
    return null;
  }
};
