import { type Field, type OptionsOf, parse, real } from "../options.ts";

/** The options of projections onto balls, spheres and simplices. */
const OPTIONS = {
  /** The radius, or the sum of the result; greater than 0. */
  scale: real(1, { above: 0 }) as Field<number>,
};

export type RadiusOptions = OptionsOf<typeof OPTIONS>;

/** Returns the radius that the options ask for. */
export const radius = (owner: string, options: RadiusOptions | undefined): number =>
  parse(`projections.${owner}`, OPTIONS, options).scale;
