import { GradloomError } from "../../error.ts";
import { isContainer } from "../../pytree/children.ts";
import { isLeaf } from "../../pytree/leaf.ts";
import { typeName } from "../../pytree/named.ts";

const some = (node: unknown, test: (node: unknown) => boolean): boolean =>
  test(node) || (isContainer(node) && Object.values(node).some((child) => some(child, test)));

/** Throws where a state has lost the names of its types, as JSON and `structuredClone` lose them: parts are found by these. */
export const requireTypes = (state: unknown): void => {
  const hasValues = some(state, (node) => isLeaf(node) || typeof node === "number");
  if (!hasValues || some(state, (node) => typeName(node) !== undefined)) return;
  throw new GradloomError("INVALID_STATE", "the state has lost the names of its types.", {
    path: "optState",
    remedy:
      "Pass a snapshot as it is: JSON and structuredClone lose them; TrainState.create gives them back.",
  });
};
