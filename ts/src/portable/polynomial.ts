/** Returns the value of a polynomial whose coefficients are given, that of the highest power first. */
export const polynomial = (coefficients: readonly number[], x: number): number => {
  let result = 0;
  for (const coefficient of coefficients) result = result * x + coefficient;
  return result;
};
