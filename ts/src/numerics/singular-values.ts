/** The number of sweeps over all pairs of rows: about eight are enough in double precision. */
const MOST_SWEEPS = 40;

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

const transpose = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] as number));

/** Turns two rows in their plane until they are orthogonal. Returns whether they were not. */
const orthogonalize = (a: number[], b: number[]): boolean => {
  const [p, q, r] = [dot(a, a), dot(a, b), dot(b, b)];
  if (!(Math.abs(q) > Number.EPSILON * Math.sqrt(p * r))) return false;
  const zeta = (r - p) / (2 * q);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    a[i] = c * (x - t * y);
    b[i] = c * (t * x + y);
  }
  return true;
};

/**
 * Returns the singular values of a matrix, in no order: the lengths of the rows of its smaller side, once Jacobi rotations have made
 * them orthogonal. All are NaN where an element is not finite.
 *
 * @param rows - one list of elements per row
 * @see Hestenes 1958, https://doi.org/10.1137/0106005
 */
export const singularValues = (rows: readonly (readonly number[])[]): number[] => {
  const narrow = rows.length <= (rows[0]?.length ?? 0) ? rows.map((row) => [...row]) : transpose(rows);
  const scale = narrow.flat().reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!Number.isFinite(scale)) return narrow.map(() => Number.NaN);
  if (scale === 0) return narrow.map(() => 0);
  const scaled = narrow.map((row) => row.map((x) => x / scale));
  for (let sweep = 0, turned = true; turned && sweep < MOST_SWEEPS; sweep++) {
    turned = false;
    for (let i = 0; i < scaled.length; i++) {
      for (let j = i + 1; j < scaled.length; j++)
        turned = orthogonalize(scaled[i] as number[], scaled[j] as number[]) || turned;
    }
  }
  return scaled.map((row) => scale * Math.sqrt(dot(row, row)));
};
