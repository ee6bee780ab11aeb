/** A step size, and the value of the objective there. */
export interface Sample {
  readonly stepsize: number;
  readonly value: number;
}

/** A sample with the derivative of the objective along the line. */
export interface Slope extends Sample {
  readonly slope: number;
}

/** Returns a critical point of the cubic through three points with the slope of the first; NaN where there is none. */
export const cubicMinimum = (a: Slope, b: Sample, c: Sample): number => {
  const [db, dc] = [b.stepsize - a.stepsize, c.stepsize - a.stepsize];
  const [rb, rc] = [b.value - a.value - a.slope * db, c.value - a.value - a.slope * dc];
  const denominator = (db * dc) ** 2 * (db - dc);
  const cubic = (dc ** 2 * rb - db ** 2 * rc) / denominator;
  const quadratic = (-(dc ** 3) * rb + db ** 3 * rc) / denominator;
  return a.stepsize + (-quadratic + Math.sqrt(quadratic ** 2 - 3 * cubic * a.slope)) / (3 * cubic);
};

/** Returns the critical point of the parabola through two points with the slope of the first. */
export const quadraticMinimum = (a: Slope, b: Sample): number => {
  const db = b.stepsize - a.stepsize;
  return a.stepsize - a.slope / (2 * ((b.value - a.value - a.slope * db) / db ** 2));
};

/** Returns the next step size to try between two points: the cubic's minimum, else the parabola's, else the middle. */
export const interpolate = (low: Slope, high: Slope, reference: Sample): number => {
  const width = Math.abs(high.stepsize - low.stepsize);
  const inside = (x: number, margin: number): boolean =>
    x > Math.min(low.stepsize, high.stepsize) + margin * width &&
    x < Math.max(low.stepsize, high.stepsize) - margin * width;
  const cubic = cubicMinimum(low, high, reference);
  if (inside(cubic, 0.2)) return cubic;
  const quadratic = quadraticMinimum(low, high);
  return inside(quadratic, 0.1) ? quadratic : (low.stepsize + high.stepsize) / 2;
};
