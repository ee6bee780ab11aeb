import { sizeOf } from "./shape.ts";

/** Returns the shape to which two shapes broadcast, as in NumPy; undefined where they do not. */
export const broadcastShapes = (a: readonly number[], b: readonly number[]): number[] | undefined => {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return m === n || n === 1 ? m : m === 1 ? n : undefined;
  });
  return sizes.includes(undefined) ? undefined : (sizes as number[]);
};

/** Repeats an array along the axes that it lacks or has only once, up to a shape to which it broadcasts. */
export const broadcastTo = (
  numbers: ArrayLike<number>,
  from: readonly number[],
  to: readonly number[],
): Float64Array => {
  const sizes = [...Array.from({ length: to.length - from.length }, () => 1), ...from];
  const indices = to.reduce<number[]>(
    (found, size, axis) =>
      found.flatMap((at) =>
        Array.from({ length: size }, (_, i) => at * (sizes[axis] as number) + (sizes[axis] === 1 ? 0 : i)),
      ),
    [0],
  );
  return Float64Array.from({ length: sizeOf(to) }, (_, i) => numbers[indices[i] as number] as number);
};
