/** Returns the number of elements of an array of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Returns whether a value, such as a caller's, is this shape. */
export const isShape = (value: unknown, shape: readonly number[]): boolean =>
  Array.isArray(value) && value.length === shape.length && value.every((n, i) => n === shape[i]);
