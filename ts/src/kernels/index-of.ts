import { GradloomError } from "../error.ts";

/**
 * Returns the index of a slot or register, given its name in the transformation: tsc cannot check these names.
 *
 * @param where - the transformation, and the kernel that uses the name
 * @throws GradloomError `INTERNAL` where there is none of that name
 */
export const indexOf = (indices: ReadonlyMap<string, number>, name: string, where: string): number => {
  const index = indices.get(name);
  if (index !== undefined) return index;
  throw new GradloomError("INTERNAL", `no state, sum or assigned value has the name ${name}.`, {
    path: where,
    remedy: "Correct the steps of the transformation.",
  });
};
