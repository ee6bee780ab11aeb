/** Writes a share as a percentage: 0.9565 → "95.7 %". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
