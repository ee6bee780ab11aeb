import { callThatMade, signatureOf } from "../define.ts";
import { GradloomError } from "../error.ts";
import { callOf, type Field } from "../options.ts";
import { NODE, type Node, type Transformation } from "../plan/node.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { show } from "../show.ts";
import { recordCall } from "./describe.ts";
import { OpaqueNode } from "./opaque-node.ts";

/** Returns the node of a transformation; for a user's own `{ init, update }` a node that runs on the host. */
export const asNode = (tx: GradientTransformation, path: string): Node => {
  const own = (tx as Partial<Transformation> | null | undefined)?.[NODE];
  const isPair = typeof tx?.init === "function" && typeof tx.update === "function";
  const node = own ?? (isPair ? new OpaqueNode(tx, path) : undefined);
  if (node) {
    recordCall(node, callThatMade(tx));
    return node;
  }
  throw new GradloomError("INVALID_HYPERPARAMETER", `expected a transformation, got ${show(tx)}.`, {
    path,
    remedy: remedyFor(tx),
  });
};

const remedyFor = (value: unknown): string => {
  const signature = signatureOf(value);
  if (signature) return `Call it: ${callOf(signature.name, Object.keys(signature.positional), undefined)}.`;
  if (Array.isArray(value)) return "Spread the list, as in chain(...list), or pass one of its items.";
  return "A transformation is an object with the functions init and update.";
};

/** An option that is a transformation. */
export const transformation: Pick<Field<GradientTransformation>, "check"> = {
  check: (value, path) => {
    asNode(value as GradientTransformation, path);
    return value as GradientTransformation;
  },
};
